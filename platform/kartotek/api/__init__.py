"""The generic REST interface."""
