"""The formula language: parse, check, and its Python and JSON meanings."""
