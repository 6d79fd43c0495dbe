"""Proof: whoever is about to open a door gives the password once more, unless he has just done so."""

from __future__ import annotations

from flask import abort, make_response, request

from kartotek.errors import TooMany
from kartotek.web import keep
from kartotek.web.current import installed

# What is posted there opens doors to others or to oneself; that for which it depends calls `ask` itself.
ASKED = frozenset({
    "web.add_person", "web.change_person", "web.link_person", "web.sign_out_person", "web.end_session_of", "web.take_off_step_of",
    "web.begin_step", "web.renew_codes", "web.take_off_step",
    "web.add_token", "web.end_token", "web.export_subject", "web.erase_subject", "web.confirm_ending",
    "web.add_role", "web.change_role", "web.change_role_type", "web.apply_plan", "web.go_back",  # rights stand in the files as well
})  # fmt: skip


def ask() -> None:
    """Answers the request with the page that asks for the password, where it was not given of late; else goes on.

    What was posted is kept and sent again together with the password.
    """
    if (page := missing()) is not None:
        abort(make_response(*page))


def missing() -> tuple[str, int] | None:
    """The page that asks for the password; None where it was given of late, or now."""
    sessions, given = installed().sessions, request.form.get(keep.PASSWORD, "")
    if sessions.is_proved():
        return None
    try:
        if given and gives(given):
            return None
    except TooMany:
        return keep.page_again(429, asked="password")
    return keep.page_again(401, asked="password")


def gives(password: str) -> bool:
    """Whether it is the visitor's password; then nothing asks for it for a while. Raises TooMany."""
    shared = installed()
    actor = shared.sessions.anybody()
    username = shared.users.by_id(actor.id).username if actor is not None else ""
    with shared.throttle.attempt(username, request.remote_addr or "") as attempt:
        attempt.is_right = actor is not None and shared.users.verify(username, password) is not None
    if attempt.is_right:
        shared.sessions.prove()
    return attempt.is_right
