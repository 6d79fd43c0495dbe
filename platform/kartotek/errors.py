"""Every error the engine raises: a stable code, a sentence, parameters, and the problems behind it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from kartotek.model.problem import Problem


class KartotekError(Exception):
    """The root. `code` is stable and documented; the sentence is for people."""

    code: ClassVar[str] = "error"

    def __init__(self, sentence: str, *, problems: Iterable[Problem] = (), **params: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.problems = tuple(problems)
        self.params = params


class Malformed(KartotekError):
    """The request cannot be read: bad JSON, an unknown parameter, a broken cursor, a formula that does not parse."""

    code = "malformed"


class Invalid(KartotekError):
    """The request was understood and its values are refused; `problems` says which and why."""

    code = "invalid"

    def __init__(self, problems: Iterable[Problem], sentence: str = "Some values were not accepted.") -> None:
        super().__init__(sentence, problems=problems)


class Unauthenticated(KartotekError):
    """No one is known to be asking."""

    code = "unauthenticated"


class Forbidden(KartotekError):
    """The actor is known and may not do this."""

    code = "forbidden"


class NotFound(KartotekError):
    """There is nothing here, or nothing this actor may know of."""

    code = "not_found"


class Conflict(KartotekError):
    """The request contradicts what is stored; the first problem's code says how: version, unique, referenced, state."""

    code = "conflict"


class PreconditionFailed(KartotekError):
    """If-Match names another version than the present one."""

    code = "precondition_failed"


class PreconditionRequired(KartotekError):
    """The site demands that a change names the version it is based on."""

    code = "precondition_required"


class TooLarge(KartotekError):
    """More was sent than the site accepts."""

    code = "too_large"


class UnsupportedMedia(KartotekError):
    """What was sent has a form that is not read here."""

    code = "unsupported_media_type"


class TooMany(KartotekError):
    """Too many requests; `params["retry_after"]` is in seconds."""

    code = "too_many_requests"


class Busy(KartotekError):
    """The database is locked or being switched; trying again shortly is right. `params["retry_after"]` in seconds."""

    code = "busy"


class NoRoom(KartotekError):
    """The disk is full: nothing was changed, and reading goes on. Somebody has to make room."""

    code = "no_room"


class Unrecorded(KartotekError):
    """What was to be shown must be noted first, and cannot be: nothing is shown. `params["retry_after"]` in seconds."""

    code = "unrecorded"


class DeclarationInvalid(KartotekError):
    """The site's files do not make a catalog; every problem carries its place."""

    code = "declaration_invalid"


class Unreadable(KartotekError):
    """What is encrypted cannot be read: its key is missing or destroyed, or a byte of it was changed or moved."""

    code = "unreadable"


class SetupInvalid(KartotekError):
    """The site cannot start: a folder, a key, a database or a version is not as it must be."""

    code = "setup_invalid"
