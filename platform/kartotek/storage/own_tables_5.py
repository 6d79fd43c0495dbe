"""The fifth definition of Kartotek's own tables: what access, privacy and safety of data need."""

from __future__ import annotations

# The chain of what was done and by whom.
_AUDIT: tuple[str, ...] = ()

# The keys that values of one person, or of one type, are encrypted with, themselves encrypted.
_KEYS: tuple[str, ...] = ()

# Records that somebody has opened for himself for a while, with the reason; values that somebody proposes.
_ACCESS: tuple[str, ...] = ()

# What people have agreed to, what may no longer be done with what is known of them, who was erased.
_PEOPLE: tuple[str, ...] = ()

# Backups that were made, tried and lost.
_BACKUPS: tuple[str, ...] = ()

# What tokens are limited to, and when they were used last.
_TOKENS: tuple[str, ...] = ()

SAFETY: tuple[str, ...] = (*_AUDIT, *_KEYS, *_ACCESS, *_PEOPLE, *_BACKUPS, *_TOKENS)
