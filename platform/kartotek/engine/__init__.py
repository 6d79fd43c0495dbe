"""Transactions: read, decide, write."""
