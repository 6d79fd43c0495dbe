"""The nouns: frozen, plain data, the standard library alone."""
