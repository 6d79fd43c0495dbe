"""Field kinds: one stateless strategy for each sort of field."""
