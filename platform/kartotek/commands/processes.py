"""Commands about workflows: diagram; see simulating.py for those that run one."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping

from kartotek.commands.terminal import OK, say
from kartotek.declaration.files import read_folder
from kartotek.declaration.load import load
from kartotek.errors import DeclarationInvalid, NotFound, SetupInvalid
from kartotek.model.catalog import Catalog, RecordType
from kartotek.rules.diagram import Picture, pictured
from kartotek.rules.diagram_notation import dot, mermaid
from kartotek.rules.diagram_svg import svg_file

FORMATS: Mapping[str, Callable[[Picture], str]] = {"svg": svg_file, "mermaid": mermaid, "dot": dot}


def diagram(options: argparse.Namespace) -> int:
    """The workflow of a type as it stands in the folder; touches no database."""
    catalog = folder_catalog(options)
    declared = with_workflow(catalog, options.type)
    assert declared.workflow is not None
    workflow, language = declared.workflow, options.language or catalog.settings.languages[0]
    if options.state and options.state not in {*workflow.states, *workflow.renamed}:
        raise NotFound(f"{options.type} has no state {options.state}. Its states are {', '.join(workflow.states)}.")
    picture = pictured(
        workflow, language, roles=catalog.settings.roles, present=options.state or None,
        title=declared.label(language), formulas=True,
    )
    say(FORMATS[options.format](picture).rstrip("\n"))
    return OK


def folder_catalog(options: argparse.Namespace) -> Catalog:
    """What the site's folder declares now. Raises DeclarationInvalid."""
    if not options.site.is_dir():
        raise SetupInvalid(f"There is no folder {options.site}.")
    loaded = load(read_folder(options.site))
    if loaded.catalog is None:
        errors = [one for one in loaded.problems if one.severity == "error"]
        raise DeclarationInvalid("The declarations have mistakes.", problems=errors)
    return loaded.catalog


def with_workflow(catalog: Catalog, name: str) -> RecordType:
    """The type, which must have a workflow. Raises NotFound."""
    declared = catalog.types.get(name)
    if declared is not None and declared.workflow is not None:
        return declared
    having = ", ".join(one.name for one in catalog.types.values() if one.workflow is not None) or "none yet"
    what = f"{name} has no workflow" if declared is not None else f"There is no record type {name}"
    raise NotFound(f"{what}. Types with a workflow: {having}.")
