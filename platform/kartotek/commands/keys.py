"""Keys: the commands that tell of the master keys, put a new one in use, and print one for a safe place."""

from __future__ import annotations

import argparse
from io import StringIO

import segno

from kartotek.commands.accounts import opened
from kartotek.commands.terminal import OK, say, say_json
from kartotek.engine.rotation import MasterKey
from kartotek.errors import SetupInvalid
from kartotek.model.actor import Actor

_SHEET = """\
The master key of {site}

    {id}:
    {key}

Made on {day}. Print this page and keep it away from the computer, where only those find it who may read everything.
Without this key nobody can read the encrypted fields and the backups, not even those who made this program.

To use it on another machine, write the line "{id}: …" into the file secrets/master.key of the site, with all letters of
the key; small letters and blanks are the same. A wrong letter is noticed. The square holds that very line, for a camera:

{square}"""
_BY = Actor.system("keys")
_PAPER = str.maketrans({" ": "█", "█": " ", "▀": "▄", "▄": "▀"})


def status(options: argparse.Namespace) -> int:
    """Which master keys there are, and what they are needed for."""
    with opened(options) as site:
        found = site.engine.rotation.masters()
    if options.format == "json":
        say_json([_wire(one) for one in found])
        return OK
    for one in found:
        say(_line(one))
    return OK


def rotate(options: argparse.Namespace) -> int:
    """Makes a new master key and wraps all other keys by it, while the site is running."""
    with opened(options) as site:
        if options.resume:
            site.engine.rotation.rewrap()
        else:
            site.engine.rotation.rotate(_BY)
        site.users.signing.seal_again()
        say(f"The master key {site.keys.current} is in use. Print it now: kartotek keys sheet")
    say("Those before it stay in the key file: backups that were made with them need them.")
    return OK


def sheet(options: argparse.Namespace) -> int:
    """Prints a master key, for paper."""
    with opened(options) as site:
        id = options.key or site.keys.current
        found = next((one for one in site.engine.rotation.masters() if one.id == id), None)
        if found is None:
            raise SetupInvalid(f"There is no master key {id} here.")
        site.engine.rotation.copied(id)
        day = f"{found.since:%Y-%m-%d}" if found.since else "an unknown day"
        say(_SHEET.format(site=site.folder.name, id=id, key=site.keys.readable(id), day=day, square=_square(f"{id}: {site.keys.readable(id)}")))
    return OK


def forget(options: argparse.Namespace) -> int:
    """Takes a master key that nothing needs any longer out of the key file."""
    with opened(options) as site:
        site.users.signing.seal_again()
        site.engine.rotation.forget(_BY, options.key)
    say(f"The master key {options.key} is gone. Backups that were made with it need its paper copy.")
    return OK


def _square(text: str) -> str:
    """A QR code in half blocks: dark on light, as on paper."""
    drawn = StringIO()
    segno.make(text, error="m", micro=False).terminal(out=drawn, border=2, compact=True)
    return drawn.getvalue().translate(_PAPER)  # the library draws for dark screens


def _wire(one: MasterKey) -> dict[str, object]:
    return {"id": one.id, "since": one.since, "current": one.is_current, "wraps": one.wraps, "copied_at": one.copied_at}


def _line(one: MasterKey) -> str:
    made = f"{one.since:%Y-%m-%d}" if one.since else "not yet used"
    copied = f"printed on {one.copied_at:%Y-%m-%d}" if one.copied_at else "never printed: kartotek keys sheet"
    use = "in use" if one.is_current else "kept for older backups"
    return f"{one.id}  since {made}, {use}, wraps {one.wraps} keys, {copied}"
