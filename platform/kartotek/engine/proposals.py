"""Proposals: changes of the declarations that come through an interface. They go into the owner's files first, then into service."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from difflib import unified_diff
from functools import partial
from typing import TypeVar

from kartotek.declaration.files import extended
from kartotek.declaration.folder import Folder, own, refuse_changed, refuse_names
from kartotek.declaration.folder_names import SITE_FILE
from kartotek.declaration.journal import Texts
from kartotek.declaration.renaming import rename
from kartotek.declaration.writing import edited
from kartotek.engine.plans import Documents, Plans
from kartotek.engine.transaction import Once
from kartotek.engine.transactions import Transactions
from kartotek.errors import Conflict, DeclarationInvalid, Forbidden, Invalid, SetupInvalid
from kartotek.model.actor import Actor
from kartotek.model.audit import AuditEntry
from kartotek.model.edit import Edit
from kartotek.model.plan import Plan
from kartotek.model.problem import Problem, pointer, problem
from kartotek.model.proposal import Proposal, Proposed
from kartotek.model.versions import RunningChange
from kartotek.storage import changes, idempotency

Answer = TypeVar("Answer")


class Proposals:
    """Safe to share by threads; for owners alone, so that every method raises Forbidden for anybody else.

    Every method raises Conflict with code unreadable_folder where the site's folder is not known, or cannot be used.
    """

    def __init__(self, transactions: Transactions, plans: Plans, folder: Folder | None) -> None:
        self._transactions = transactions
        self._plans = plans
        self._known = folder

    def files(self, actor: Actor) -> dict[str, str]:
        """The site's own declarations as they stand in its folder, {path: text}. Raises Busy."""
        _refuse_others(actor)
        return own(self._read())

    def propose(self, actor: Actor, proposal: Proposal) -> Proposed:
        """What the proposal would do to files, catalog and records; nothing is written.

        Raises: Conflict with code file_changed, where a file is another than it was seen; Invalid for files that are not the
        site's to write and for edits that cannot be made. Mistakes of the texts are told in the plan.
        """
        _refuse_others(actor)
        there = self._read()
        files = _texts(proposal)
        _refuse(files, there)
        refuse_changed({name: there.get(name) for name in files}, files, proposal.seen)
        plan = self._plans.plan(actor, _with(there, files), answers=proposal.answers)
        return Proposed(plan=plan, files=files, changes=_changes(there, files))

    def apply(
        self, actor: Actor, proposal: Proposal, *, hash: str, confirm: Collection[str] = (), reason: str = "",
        once: Once | None = None,
    ) -> RunningChange:
        """Writes the files and puts them into service by the plan with this hash; both, or neither.

        Raises besides what `propose` does: Conflict with code plan_moved, Invalid with codes plan_refused and
        plan_unconfirmed, Busy.
        """
        _refuse_others(actor)
        files = _texts(proposal)
        there = self._read()
        _refuse(files, there)
        apply = partial(self._plans.apply, actor, hash=hash, confirm=confirm, reason=reason, answers=proposal.answers, once=once)
        if self._is_answered(actor, once) and any(there.get(name) != text for name, text in files.items()):
            return apply(there)  # done long ago, and the files have changed since: what was answered then is answered again
        self._transactions.audit.note(actor, AuditEntry("proposal", body={"files": sorted(files)}))
        with self._written(files, proposal.seen) as documents:
            return apply(documents)

    def rename(self, actor: Actor, record_type: str, new: tuple[str, ...], old: str) -> Plan:
        """Writes into its file that a field, or with () the type, is the one called `old` until now; the plan of the files then.

        Raises: Invalid where no file of the site's own declares it, DeclarationInvalid, Conflict, Busy.
        """
        _refuse_others(actor)
        with _of_folder():
            rename(self._folder, record_type, new, old)
        return self._plans.plan(actor, self._read())

    def put(self, actor: Actor, files: Texts, seen: Texts, do: Callable[[Documents], Answer]) -> Answer:
        """Writes these files and does something with the folder's documents as they stand then.

        When it raises, the files are what they were. Nothing is looked for in the texts. Raises as `apply` does.
        """
        _refuse_others(actor)
        self._transactions.audit.note(actor, AuditEntry("proposal", body={"files": sorted(files)}))
        with self._written(files, seen) as documents:
            return do(documents)

    def stands(self, files: Texts) -> bool:
        """Whether these texts are in service, or a change that leads to them has begun and will be gone on with."""
        catalog = self._transactions.catalogs.current(fresh=True).catalog
        with self._transactions.reading() as conn:
            begun = changes.unfinished(conn)
        served = [catalog.documents, begun.documents] if begun is not None else [catalog.documents]
        return any(all(one.get(name) == text for name, text in files.items()) for one in served)

    def _is_answered(self, actor: Actor, once: Once | None) -> bool:
        if once is None or self._plans.running() is not None:
            return False
        with self._transactions.reading() as conn:
            return idempotency.is_answered(conn, once.key, actor.id, at=self._transactions.clock())

    def _read(self) -> dict[str, str]:
        with _of_folder():
            return self._folder.read()

    @contextmanager
    def _written(self, files: Texts, seen: Texts) -> Iterator[Documents]:
        with ExitStack() as stack:
            with _of_folder():
                documents = stack.enter_context(self._folder.written(files, seen))
            yield documents

    @property
    def _folder(self) -> Folder:
        if self._known is None:
            raise SetupInvalid("The site's folder is not known here.")
        return self._known


@contextmanager
def _of_folder() -> Iterator[None]:
    """Whoever sits elsewhere can only be told that the folder is not as it must be."""
    try:
        yield
    except SetupInvalid as error:
        wrong = problem("", "unreadable_folder", reason=error.sentence)
        raise Conflict("The site's folder cannot be read or written just now.", problems=[wrong]) from error


def _texts(proposal: Proposal) -> dict[str, str | None]:
    """The files as they would be. Raises Invalid."""
    problems = [
        Problem(pointer("files", name), "twice", "A file is either given whole or edited.")
        for name in proposal.edits if name in proposal.files
    ] + [
        Problem(pointer("files", name), "no_such_file", "Only a file whose text was seen can be edited.")
        for name in proposal.edits if proposal.seen.get(name) is None
    ]
    if problems:
        raise Invalid(problems, "These files cannot be changed like this.")
    refuse_names({**proposal.files, **dict.fromkeys(proposal.edits)})
    return {**proposal.files, **{name: _edited(name, str(proposal.seen[name]), edits) for name, edits in proposal.edits.items()}}


def _edited(name: str, text: str, edits: Sequence[Edit]) -> str:
    try:
        return edited(name, text, edits)
    except DeclarationInvalid as error:
        problems = [replace(one, path=pointer("edits", name), params={"at": one.path}) for one in error.problems]
        raise Invalid(problems, error.sentence) from error


def _refuse(files: Texts, there: Documents) -> None:
    refuse_names(files)
    if extended(_with({}, files)) != extended(there) and SITE_FILE in files:
        sentence = "What a site extends is chosen in its folder, by whoever runs the server, since it says which other folder is read."
        raise Invalid([Problem(pointer("files", SITE_FILE), "not_writable", sentence)], "These files cannot be changed like this.")


def _with(there: Documents, files: Texts) -> dict[str, str]:
    return {name: text for name, text in {**there, **files}.items() if text is not None}


def _changes(there: Documents, files: Texts) -> dict[str, str]:
    return {name: text for name, new in files.items() if (text := unified(name, there.get(name), new))}


def unified(name: str, old: str | None, new: str | None) -> str:
    """The unified difference of two texts of a file, "" where they are the same."""
    before, after = ((text or "").splitlines(keepends=True) for text in (old, new))
    lines = unified_diff(
        before, after, f"a/{name}" if old is not None else "/dev/null", f"b/{name}" if new is not None else "/dev/null"
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _refuse_others(actor: Actor) -> None:
    if not actor.is_owner:
        raise Forbidden("Only an owner may change what the site declares.")
