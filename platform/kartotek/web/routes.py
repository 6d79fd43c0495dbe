"""Routes: every page of ours and the function behind it. All but those the guard names need a session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Blueprint

from kartotek.web import account, breaches, bulk, changes, choices, columns, conflicts, diagrams, exports, filters, forms, found, given_links, imports, joining, lists, messages, people, previews, public, records, transitions, uploads
from kartotek.web.former import by_todays_name

ROUTES: tuple[tuple[str, str, str, Callable[..., Any]], ...] = (
    ("GET", "/r/<type_name>/", "listing", lists.listing),
    ("GET", "/r/<type_name>/new", "new", forms.new),
    ("POST", "/r/<type_name>/new", "create", forms.create),
    ("GET", "/r/<type_name>/filter", "filter", filters.panel),
    ("GET", "/r/<type_name>/columns", "columns", columns.panel),
    ("POST", "/r/<type_name>/columns", "choose_columns", columns.choose),
    ("GET", "/r/<type_name>/bulk", "bulk", bulk.ask),
    ("POST", "/r/<type_name>/bulk", "change_many", bulk.run),
    ("GET", "/r/<type_name>/export", "export", exports.panel),
    ("POST", "/r/<type_name>/export", "send_export", exports.send),
    ("GET", "/r/<type_name>/import", "imports", imports.imports),
    ("POST", "/r/<type_name>/import", "receive_import", imports.receive),
    ("GET", "/r/<type_name>/choices", "choices", choices.choices),
    ("POST", "/r/<type_name>/stage", "stage", uploads.stage),
    ("POST", "/r/<type_name>/preview", "preview", previews.preview),
    ("GET", "/r/<type_name>/<id:record_id>", "record", records.record),
    ("GET", "/r/<type_name>/<id:record_id>/edit", "edit", forms.edit),
    ("POST", "/r/<type_name>/<id:record_id>/edit", "update", forms.update),
    ("GET", "/r/<type_name>/<id:record_id>/do/<transition>", "dialog", transitions.dialog),
    ("POST", "/r/<type_name>/<id:record_id>/do/<transition>", "transit", transitions.transit),
    ("POST", "/r/<type_name>/<id:record_id>/links/<id:link_id>/end", "end_link", given_links.end_link),
    ("GET", "/r/<type_name>/<id:record_id>/diagram", "diagram", diagrams.diagram),
    ("GET", "/r/<type_name>/<id:record_id>/history", "history", records.history),
    ("GET", "/r/<type_name>/<id:record_id>/delete", "confirm_delete", records.confirm_delete),
    ("POST", "/r/<type_name>/<id:record_id>/delete", "delete", records.delete),
    ("POST", "/r/<type_name>/<id:record_id>/restore", "restore", records.restore),
    ("GET", "/r/<type_name>/<id:record_id>/files/<file_id>", "download", uploads.download),
    ("GET", "/search", "found", found.found),
    ("GET", "/import/<id:import_id>", "show_import", imports.show),
    ("POST", "/import/<id:import_id>/prepare", "prepare_import", imports.again),
    ("POST", "/import/<id:import_id>/commit", "commit_import", imports.commit),
    ("POST", "/import/<id:import_id>/undo", "undo_import", imports.undo),
    ("POST", "/import/<id:import_id>/discard", "discard_import", imports.discard),
    ("GET", "/import/<id:import_id>/errors", "import_errors", imports.errors),
    ("GET", "/changes/", "changes", changes.changes),
    ("GET", "/changes/state", "change_state", changes.state),
    ("GET", "/changes/plan", "plan", changes.plan),
    ("POST", "/changes/plan", "answer_plan", changes.plan),
    ("POST", "/changes/apply", "apply_plan", changes.apply),
    ("POST", "/changes/rename", "answer_rename", changes.rename),
    ("GET", "/changes/<id:number>", "version", changes.version),
    ("GET", "/changes/<id:number>/back", "plan_back", changes.back),
    ("POST", "/changes/<id:number>/back", "go_back", changes.go_back),
    ("GET", "/breaches/", "breaches", breaches.breaches),
    ("GET", "/conflicts/", "conflicts", conflicts.conflicts),
    ("GET", "/users/", "people", people.people),
    ("GET", "/users/new", "new_person", people.new_person),
    ("POST", "/users/new", "add_person", people.add_person),
    ("GET", "/users/<id:user_id>", "edit_person", people.edit_person),
    ("POST", "/users/<id:user_id>", "change_person", people.change_person),
    ("POST", "/users/<id:user_id>/link", "link_person", people.link_person),
    ("POST", "/users/<id:user_id>/sign-out", "sign_out_person", people.sign_out_person),
    ("GET", "/messages/", "messages", messages.messages),
    ("POST", "/messages/read", "read_messages", messages.read_messages),
    ("POST", "/messages/<id:message_id>/read", "read_message", messages.read_message),
    ("GET", "/messages/outbox/", "outbox", messages.outbox),
    ("POST", "/messages/outbox/release", "release_outbox", messages.release),
    ("POST", "/messages/outbox/drop", "drop_outbox", messages.drop_held),
    ("GET", "/messages/outbox/<id:message_id>", "outgoing", messages.outgoing),
    ("POST", "/messages/outbox/<id:message_id>/resend", "resend_outgoing", messages.resend),
    ("POST", "/messages/outbox/<id:message_id>/drop", "drop_outgoing", messages.drop),
    ("GET", "/account/", "account", account.account),
    ("POST", "/account/", "change_password", account.change_password),
    ("POST", "/account/sign-out", "sign_out_others", account.sign_out_others),
    ("GET", "/invitation/<secret>", "invitation", joining.invitation),
    ("POST", "/invitation/<secret>", "accept_invitation", joining.accept_invitation),
    ("GET", "/p/<form_name>", "form", public.form),
    ("POST", "/p/<form_name>", "send_form", public.send_form),
    ("GET", "/l/<token>", "link", public.link),
    ("POST", "/l/<token>", "follow_link", public.follow_link),
    ("POST", "/language", "choose_language", account.choose_language),
)


def blueprint() -> Blueprint:
    """All pages; templates come from the package."""
    made = Blueprint("web", __name__, template_folder=str(Path(__file__).parent / "templates"))
    for method, rule, endpoint, view in ROUTES:
        made.add_url_rule(rule, endpoint, view, methods=[method])
    made.before_request(by_todays_name)
    return made
