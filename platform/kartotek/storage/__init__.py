"""The only SQL: tables, queries, history, queues."""
