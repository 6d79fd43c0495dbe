"""The start page: what there is, and for the owner what is wrong with the declarations."""

from __future__ import annotations

from flask_appbuilder.baseviews import BaseView, expose

from kartotek.web.current import engine
from kartotek.web.page import menu_groups, page
from kartotek.web.suggestions import proposals_wait
from kartotek.web.visitor import actor


class HomeView(BaseView):
    """`/`, as the shell's index view."""

    route_base = ""
    default_view = "index"

    @expose("/")
    def index(self) -> str:
        """The types as cards, each with a way to its list and to a new record; and what has to be looked at."""
        visitor = actor()
        told = [one for one in engine().declaration_problems() if one.severity != "note"] if visitor.is_owner else []
        problems = [one for one in told if one.code != "waits_for_plan"]
        groups = [
            (title, [(one, engine().sight(visitor, one.name)) for one in types])
            for title, types in menu_groups(visitor, visitor.language)
        ]
        return page(
            "home.html", groups=groups, problems=problems, waiting=len(told) - len(problems),
            conflicts=engine().conflicts.count(visitor), proposed=proposals_wait(visitor), backups=engine().backup_desk.warning(visitor), older=visitor.is_owner and bool(engine().breaches.counted(visitor)),
        )  # fmt: skip
