"""Security: what site.yaml says about signing in, and about what stands in front of the site."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Security:
    """`totp` are the roles that sign in with a code besides the password. A session ends so long after its last request (`idle`)
    and so long after it began (`absolute`). `proxies` is how many servers stand between the site and the network.
    """

    totp: frozenset[str] = frozenset()
    idle: timedelta = timedelta(hours=8)
    absolute: timedelta = timedelta(hours=16)
    proxies: int = 0

    def is_weaker(self, former: Security) -> bool:
        """Whether it asks for less than the former in anything."""
        longer = self.idle > former.idle or self.absolute > former.absolute
        return longer or bool(former.totp - self.totp) or self.proxies > former.proxies
