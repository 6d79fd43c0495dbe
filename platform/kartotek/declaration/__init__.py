"""Declaration files to a checked Catalog."""
