"""The command line: what can be called, with which options. Exit status 0, 1 for problems, 2 for a wrong call."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import kartotek
from kartotek.commands.access_options import add_access_commands
from kartotek.commands.account_options import add_token_commands, add_user_commands, moment
from kartotek.commands.audit_options import add_audit_commands
from kartotek.commands.changing_options import add_commands, answers
from kartotek.commands.modules import backups, checking, comparing, copying, folder, importing, keys, processes, restoring, running, searching, simulating, verifying
from kartotek.commands.people_options import add_person_commands
from kartotek.commands.terminal import OK, PROBLEMS, complain
from kartotek.errors import KartotekError

DATABASE = "KARTOTEK_DATABASE"
Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and answers its exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    options = parser(next((one for one in words if not one.startswith("-")), "")).parse_args(words)
    command: Command = options.command
    try:
        return command(options)
    except KartotekError as error:
        complain(error)
        return PROBLEMS
    except BrokenPipeError:  # somebody's `| head` has read enough
        sys.stderr.close()
        return OK
    except KeyboardInterrupt:
        return PROBLEMS


def parser(called: str = "") -> argparse.ArgumentParser:
    """All commands, or those of the section that knows the one that is called: what others need is not loaded for it."""
    made = argparse.ArgumentParser(
        prog="kartotek", description="A folder of declarations becomes a running record system."
    )
    made.add_argument("--version", action="version", version=f"kartotek {kartotek.__version__}")
    made.set_defaults(database=os.environ.get(DATABASE, ""), format="text")
    commands = made.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for names, add in _SECTIONS.items():
        if called in names or not any(called in every for every in _SECTIONS):
            add(commands)
    return made


def _add_check_command(commands: argparse._SubParsersAction) -> None:
    check = _command(commands, "check", checking.check, "report every problem of the declarations")
    check.add_argument(
        "--replay", action="store_true", help="also tell which records would have gone another way under these workflows"
    )
    _format(check)


def _add_folder_commands(commands: argparse._SubParsersAction) -> None:
    new = commands.add_parser("new", help="write a small working site into a new folder")
    new.add_argument("folder", type=Path, metavar="DIR")
    new.add_argument("--extends", default="", metavar="BASE", help="a folder (./name) or a shipped template whose declarations hold here too")
    new.set_defaults(command=folder.new)
    _command(commands, "openapi", folder.openapi, "print the OpenAPI document of the site")


def _add_copying_commands(commands: argparse._SubParsersAction) -> None:
    backup = _command(commands, "backup", restoring.backup, "write all that a site holds into one file, while it is running")
    backup.add_argument("--to", type=Path, default=None, metavar="FILE", help="where to (default: a new file in data/backups)")
    backup.add_argument("--reason", default="By hand.", help="what it is made for")
    _format(backup)
    told = _command(commands, "backups", backups.backups, "tell where the backups lie and whether the last good one is too old")
    told.add_argument("--now", action="store_true", help="first make one, in all folders of site.yaml")
    told.add_argument("--try", dest="try_last", action="store_true", help="first restore the last good one on trial")
    _format(told)
    restore = _command(commands, "restore", restoring.restore, "put a backup into a new folder, or into a site that is not running")
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--replace", action="store_true", help="also where there are records: they are put aside")
    restore.add_argument("--key", type=Path, default=None, metavar="FILE", help="the master key of the backup (default: the site's, or it is asked for)")
    restore.add_argument("--keys", type=Path, default=None, metavar="FILE", help="the keys of people (default: the file that ends in .keys beside the backup)")
    restore.add_argument("--without-keys", action="store_true", help="do without these: what they encrypt stays unreadable")
    copy = _command(commands, "copy", copying.copy, "make a second site of a site, to try something with")
    copy.add_argument("--to", type=Path, required=True, metavar="DIR", help="the new folder")
    copy.add_argument("--database", dest="target", default="", metavar="URL", help="of the copy, empty yet (default: SQLite in its folder)")
    copy.add_argument("--mask", action="store_true", help="put other values in the place of personal ones")


def _add_process_commands(commands: argparse._SubParsersAction) -> None:
    diagram = _command(commands, "diagram", processes.diagram, "draw the workflow of a record type")
    diagram.add_argument("type")
    diagram.add_argument("--format", choices=tuple(processes.FORMATS), default="svg", help="what to draw it as (default: svg)")
    diagram.add_argument("--language", default="", help="of the titles, e.g. zh (default: the site's first)")
    diagram.add_argument("--state", default="", help="the state to mark")
    simulate = _command(commands, "simulate", simulating.simulate, "run a workflow in memory, without the site's data")
    simulate.add_argument("type")
    simulate.add_argument(
        "--events", type=simulating.events_of, action="append", metavar="LIST",
        help='transitions, times and edits: confirm,PT30M,cancel{"reason": "x"},{"size": 3}',
    )
    simulate.add_argument(
        "--after", dest="events", type=simulating.jump_of, action="append", metavar="PT30M", help="lets so much time pass"
    )
    simulate.add_argument("--fields", type=simulating.fields_of, default={}, metavar="JSON", help="of the record")
    simulate.add_argument("--as", dest="roles", action="append", metavar="ROLE", help="who acts (default: owner)")
    simulate.add_argument("--now", type=moment, default=None, metavar="TIME", help="when it begins (default: now)")
    simulate.add_argument("--language", default="", help="of titles and messages (default: the site's first)")
    simulate.add_argument("--sample", action="store_true", help="load the site's sample records first")
    _format(simulate)


def _add_changing_commands(commands: argparse._SubParsersAction) -> None:
    plan = _command(commands, "plan", comparing.plan, "tell what the changed files would do to the records, and how to apply it")
    plan.add_argument("--sql", action="store_true", help="also show the statements")
    plan.add_argument("--against", default="", metavar="SOURCE", help="what they would do to another installation: its address or exported catalog")
    plan.add_argument(
        "--rename", type=comparing.rename_of, action="append", default=[], metavar="TYPE.OLD=NEW",
        help="first write into the file that a field, or with OLD=NEW a type, is the old one under a new name",
    )
    answers(plan)
    _format(plan)
    catalog = _command(commands, "catalog", comparing.catalog, "write out what is in service, for another installation to compare with")
    catalog.add_argument("version", nargs="?", type=int, default=0, help="an earlier version (default: the one in service)")
    catalog.add_argument("--to", type=Path, default=None, metavar="FILE", help="where to (default: the standard output)")
    diff = _command(commands, "diff", comparing.diff, "tell what leads from one catalog to another")
    for name in ("first", "second"):
        diff.add_argument(name, help="a version's number, a folder, an exported catalog, or an installation's address")
    _format(diff)
    add_commands(lambda name, command, words: _command(commands, name, command, words))


def _add_running_commands(commands: argparse._SubParsersAction) -> None:
    run = _command(commands, "run", running.run, "serve the site")
    run.add_argument(
        "--host",
        default=os.environ.get("HOST") or "127.0.0.1",
        help="the address to listen on (default: HOST or 127.0.0.1)",
    )
    run.add_argument(
        "--port",
        type=_port,
        default=os.environ.get("PORT") or "8080",
        help="the port (default: PORT or 8080; 0 takes a free one)",
    )
    run.add_argument("--workers", type=_workers, default=2, help="server processes (default: 2)")
    run.add_argument("--certificate", type=Path, default=None, metavar="FILE", help="serve https with this certificate and those that vouch for it (PEM)")
    run.add_argument("--key", type=Path, default=None, metavar="FILE", help="the key of the certificate (PEM)")
    run.add_argument("--insecure", action="store_true", help="serve plain http to other machines too, for a server in front that encrypts")
    _command(commands, "worker", running.worker, "do the background work without serving pages")
    reindex = _command(commands, "reindex", searching.reindex, "build the search index anew and compare it with the records")
    reindex.add_argument("type", nargs="?", default="", help="of one record type (default: of all)")
    reindex.add_argument("--check", action="store_true", help="only compare; exit status 1 where something differs")
    _format(reindex)
    verify = _command(commands, "verify", verifying.verify, "tell whether anything was damaged: the database, records, files, the audit, backups")
    verify.add_argument("--without-backups", action="store_true", help="do not read the backups, which takes longest")
    _format(verify)


def _add_sheet_commands(commands: argparse._SubParsersAction) -> None:
    take = _command(commands, "import", importing.import_file, "try a spreadsheet as records, and with --commit take it in")
    take.add_argument("type", nargs="?", default="", help="the record type")
    take.add_argument("file", nargs="?", type=Path, default=None, help="a CSV or XLSX file")
    take.add_argument("--commit", action="store_true", help="take the good rows in (default: a dry run)")
    take.add_argument("--on", default="", metavar="FIELD", help="a unique field by whose value rows change the records there are")
    take.add_argument(
        "--map", type=importing.mapping_of, action="append", default=[], metavar="COLUMN=FIELD",
        help='where a column goes, e.g. "Tel=mobile"; "Tel=" leaves it out',
    )
    take.add_argument("--sheet", default="", help="the sheet's name or number (default: the fullest)")
    take.add_argument("--date-order", choices=("ymd", "dmy", "mdy"), default="", help="how dates are written that could be read two ways")
    take.add_argument(
        "--confirm", type=importing.mapping_of, action="append", default=[], metavar="RULE=REASON",
        help="save in spite of a rule that asks for a reason",
    )
    take.add_argument("--errors", type=Path, default=None, metavar="FILE", help="write the bad rows there, .csv or .xlsx")
    take.add_argument("--resume", type=int, default=0, metavar="ID", help="go on with an import, or commit a dry run")
    take.add_argument("--undo", type=int, default=0, metavar="ID", help="take back all that an import wrote")
    _actor(take)
    _format(take)
    give = _command(commands, "export", importing.export_file, "write the records of a type as a spreadsheet")
    give.add_argument("type", help="the record type")
    give.add_argument("--to", type=Path, default=None, metavar="FILE", help="a .csv or .xlsx file (default: CSV to the standard output)")
    give.add_argument("--filter", default="", help="a formula over the record")
    give.add_argument("--search", default="", help="only records that hold these words")
    give.add_argument("--sort", default="", help="fields with commas between them, - before one that descends")
    give.add_argument("--fields", default="", help="fields with commas between them (default: all)")
    give.add_argument("--language", default="", help="of titles (default: the actor's)")
    _actor(give)


def _actor(command: argparse.ArgumentParser) -> None:
    command.add_argument("--as", dest="actor", default="", metavar="USER", help="who acts (default: the site itself)")


def _add_user_commands(commands: argparse._SubParsersAction) -> None:
    user = commands.add_parser("user", help="who may sign in").add_subparsers(metavar="COMMAND", required=True)
    add_user_commands(lambda name, command, words: _command(user, name, command, words))


def _add_access_commands(commands: argparse._SubParsersAction) -> None:
    rights = commands.add_parser("access", help="who may know and do what, and why").add_subparsers(metavar="COMMAND", required=True)
    add_access_commands(lambda name, command, words: _command(rights, name, command, words))


def _add_audit_commands(commands: argparse._SubParsersAction) -> None:
    kept = commands.add_parser("audit", help="who did and looked at what, and whether that is all").add_subparsers(metavar="COMMAND", required=True)
    add_audit_commands(lambda name, command, words: _command(kept, name, command, words))


def _add_key_commands(commands: argparse._SubParsersAction) -> None:
    sub = commands.add_parser("keys", help="the master keys that encrypted fields and backups need").add_subparsers(metavar="COMMAND", required=True)
    _format(_command(sub, "status", keys.status, "tell which there are, and what needs them"))
    rotating = _command(sub, "rotate", keys.rotate, "put a new one in use, while the site is running")
    rotating.add_argument("--resume", action="store_true", help="make no new one, but go on where this was interrupted")
    sheet = _command(sub, "sheet", keys.sheet, "print one, for a safe place away from the computer")
    sheet.add_argument("--key", default="", metavar="ID", help="which (default: the one in use)")
    _command(sub, "forget", keys.forget, "take one that nothing needs out of the key file").add_argument("key", metavar="ID")


def _add_token_commands(commands: argparse._SubParsersAction) -> None:
    token = commands.add_parser("token", help="secrets for programs").add_subparsers(metavar="COMMAND", required=True)
    add_token_commands(lambda name, command, words: _command(token, name, command, words))


def _add_person_commands(commands: argparse._SubParsersAction) -> None:
    person = commands.add_parser("person", help="the rights of those whom records are about").add_subparsers(metavar="COMMAND", required=True)
    add_person_commands(lambda name, command, words: _command(person, name, command, words))


_SECTIONS: Mapping[tuple[str, ...], Callable[[argparse._SubParsersAction], None]] = {
    ("new", "openapi"): _add_folder_commands,
    ("check",): _add_check_command,
    ("access",): _add_access_commands,
    ("audit",): _add_audit_commands,
    ("plan", "diff", "catalog", "apply", "rollback", "versions", "clean"): _add_changing_commands,
    ("backup", "backups", "restore", "copy"): _add_copying_commands,
    ("diagram", "simulate"): _add_process_commands,
    ("run", "worker", "reindex", "verify"): _add_running_commands,
    ("import", "export"): _add_sheet_commands,
    ("user",): _add_user_commands,
    ("keys",): _add_key_commands,
    ("token",): _add_token_commands,
    ("person",): _add_person_commands,
}


def _command(commands: argparse._SubParsersAction, name: str, command: Command, words: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.")
    made.add_argument("--site", type=Path, default=Path("."), metavar="DIR", help="the site's folder (default: here)")
    made.set_defaults(command=command)
    return made


def _format(command: argparse.ArgumentParser) -> None:
    command.add_argument("--format", choices=("text", "json"), default="text", help="for people or for programs")


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: give a number from 0 to 65535")
    return int(text)


def _workers(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes: give 1 to 64")
    return int(text)
