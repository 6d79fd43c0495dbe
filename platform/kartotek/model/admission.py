"""Admission: what every address says about itself where it is put on the map: who may come, and whether he changes anything there."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Admission:
    """`who` is "anyone", "holder" (of the secret in the address), "user" (whoever is signed in or sends a token; what he finds
    there follows from his rights), "owner", or an ability of roles. `reads` is for what is asked by POST and changes nothing.
    """

    who: str
    reads: bool = False

    @property
    def is_open(self) -> bool:
        """Whether nobody has to say who he is."""
        return self.who in ("anyone", "holder")

    @property
    def reading(self) -> Admission:
        """The same, where nothing is changed whatever the method."""
        return replace(self, reads=True)


ANYONE, HOLDER, USER, OWNER = (Admission(one) for one in ("anyone", "holder", "user", "owner"))


def able(ability: str) -> Admission:
    """For owners, and for those with a role that has this ability."""
    return Admission(ability)
