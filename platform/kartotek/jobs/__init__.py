"""Loops that run beside requests."""
