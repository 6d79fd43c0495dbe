"""Kartotek: a folder of declarations becomes a running record system."""

__version__ = "0.1.0"
