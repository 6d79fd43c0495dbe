"""The diagram of a record's workflow, with its present state marked; a part of its page, or a page without script."""

from __future__ import annotations

from kartotek.errors import NotFound
from kartotek.web.current import engine
from kartotek.web.drawn import drawn
from kartotek.web.lists import sight_of
from kartotek.web.page import is_partial, page
from kartotek.web.visitor import actor


def diagram(type_name: str, record_id: int) -> str:
    """`/r/<type>/<id>/diagram`."""
    visitor = actor()
    sight_of(visitor, type_name)
    record_type = engine().catalog().types[type_name]
    if record_type.workflow is None:
        raise NotFound("There is no such page.")
    record = engine().get(visitor, type_name, record_id)
    picture = drawn(engine().diagram(visitor, type_name, record_id))
    return page("diagram_part.html" if is_partial() else "diagram.html", type=record_type, record=record, picture=picture)
