"""Catalog to catalog: what changes, and the safe ways to do it."""
