"""Users: who may sign in, kept in the shell's own tables and mirrored into the engine on every change."""

from kartotek.identity.accounts import Account, Person, mirrored, person
from kartotek.identity.users import Users

__all__ = ["Account", "Person", "Users", "mirrored", "person"]
