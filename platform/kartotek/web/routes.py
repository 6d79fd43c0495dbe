"""Routes: every page of ours, the function behind it, and who may come there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint

from kartotek.model.admission import ANYONE, HOLDER, OWNER, USER, Admission, able
from kartotek.web import account, audit, backups, breaches, bulk, changes, choices, columns, conflicts, diagrams, explained, exports, filters, forms, found, given_links, glass, imports, joining, lists, messages, people, person_doors, previews, public, records, roles, second_step, suggestions, tokens, subjects, transitions, uploads, violations
from kartotek.web.former import by_todays_name

# method, address, endpoint, view, who may come
ROUTES: tuple[tuple[str, str, str, Callable[..., Any], Admission], ...] = (
    ("GET", "/r/<type_name>/", "listing", lists.listing, USER),
    ("GET", "/r/<type_name>/new", "new", forms.new, USER),
    ("POST", "/r/<type_name>/new", "create", forms.create, USER),
    ("GET", "/r/<type_name>/filter", "filter", filters.panel, USER),
    ("GET", "/r/<type_name>/columns", "columns", columns.panel, USER),
    ("POST", "/r/<type_name>/columns", "choose_columns", columns.choose, USER.reading),
    ("GET", "/r/<type_name>/bulk", "bulk", bulk.ask, USER),
    ("POST", "/r/<type_name>/bulk", "change_many", bulk.run, USER),
    ("GET", "/r/<type_name>/export", "export", exports.panel, USER),
    ("POST", "/r/<type_name>/export", "send_export", exports.send, USER.reading),
    ("GET", "/r/<type_name>/import", "imports", imports.imports, USER),
    ("POST", "/r/<type_name>/import", "receive_import", imports.receive, USER),
    ("GET", "/r/<type_name>/choices", "choices", choices.choices, USER),
    ("POST", "/r/<type_name>/stage", "stage", uploads.stage, USER),
    ("POST", "/r/<type_name>/preview", "preview", previews.preview, USER.reading),
    ("GET", "/r/<type_name>/<id:record_id>", "record", records.record, USER),
    ("GET", "/r/<type_name>/<id:record_id>/edit", "edit", forms.edit, USER),
    ("POST", "/r/<type_name>/<id:record_id>/edit", "update", forms.update, USER),
    ("GET", "/r/<type_name>/<id:record_id>/do/<transition>", "dialog", transitions.dialog, USER),
    ("POST", "/r/<type_name>/<id:record_id>/do/<transition>", "transit", transitions.transit, USER),
    ("POST", "/r/<type_name>/<id:record_id>/links/<id:link_id>/end", "end_link", given_links.end_link, USER),
    ("GET", "/r/<type_name>/<id:record_id>/diagram", "diagram", diagrams.diagram, USER),
    ("GET", "/r/<type_name>/<id:record_id>/access", "explained", explained.explained, OWNER),
    ("GET", "/r/<type_name>/<id:record_id>/history", "history", records.history, USER),
    ("GET", "/r/<type_name>/<id:record_id>/delete", "confirm_delete", records.confirm_delete, USER),
    ("POST", "/r/<type_name>/<id:record_id>/delete", "delete", records.delete, USER),
    ("POST", "/r/<type_name>/<id:record_id>/restore", "restore", records.restore, USER),
    ("POST", "/r/<type_name>/<id:record_id>/break-glass", "break_glass", glass.open_record, USER),
    ("POST", "/r/<type_name>/<id:record_id>/break-glass/end", "end_glass", glass.close_record, USER),
    ("GET", "/r/<type_name>/<id:record_id>/files/<file_id>", "download", uploads.download, USER),
    ("GET", "/search", "found", found.found, USER),
    ("GET", "/import/<id:import_id>", "show_import", imports.show, USER),
    ("POST", "/import/<id:import_id>/prepare", "prepare_import", imports.again, USER),
    ("POST", "/import/<id:import_id>/commit", "commit_import", imports.commit, USER),
    ("POST", "/import/<id:import_id>/undo", "undo_import", imports.undo, USER),
    ("POST", "/import/<id:import_id>/discard", "discard_import", imports.discard, USER),
    ("GET", "/import/<id:import_id>/errors", "import_errors", imports.errors, USER),
    ("GET", "/changes/", "changes", changes.changes, OWNER),
    ("GET", "/changes/state", "change_state", changes.state, OWNER),
    ("GET", "/changes/plan", "plan", changes.plan, OWNER),
    ("POST", "/changes/plan", "answer_plan", changes.plan, OWNER.reading),
    ("POST", "/changes/apply", "apply_plan", changes.apply, OWNER),
    ("POST", "/changes/rename", "answer_rename", changes.rename, OWNER),
    ("GET", "/changes/<id:number>", "version", changes.version, OWNER),
    ("GET", "/changes/<id:number>/back", "plan_back", changes.back, OWNER),
    ("POST", "/changes/<id:number>/back", "go_back", changes.go_back, OWNER),
    ("GET", "/backups/", "backups", backups.backups, able("backups")),
    ("POST", "/backups/make", "make_backup", backups.make_backup, able("backups")),
    ("POST", "/backups/try", "try_backup", backups.try_backup, able("backups")),
    ("POST", "/backups/folder", "adopt_folder", backups.adopt_folder, able("backups")),
    ("GET", "/audit/", "audit", audit.audit, able("audit")),
    ("GET", "/people/", "subjects", subjects.subjects, able("people")),
    ("POST", "/people/find", "find_subject", subjects.find_subject, able("people").reading),
    ("POST", "/people/ending/count", "count_ending", subjects.count_ending, able("people")),
    ("POST", "/people/ending/confirm", "confirm_ending", subjects.confirm_ending, able("people")),
    ("GET", "/people/<type_name>/<id:record_id>", "subject", subjects.subject, able("people")),
    ("POST", "/people/<type_name>/<id:record_id>/export", "export_subject", subjects.export_subject, able("people").reading),
    ("POST", "/people/<type_name>/<id:record_id>/restrict", "restrict_subject", subjects.restrict_subject, able("people")),
    ("POST", "/people/<type_name>/<id:record_id>/lift", "lift_subject", subjects.lift_subject, able("people")),
    ("POST", "/people/<type_name>/<id:record_id>/erase", "erase_subject", subjects.erase_subject, able("people")),
    ("POST", "/r/<type_name>/<id:record_id>/consents", "answer_consent", subjects.answer_consent, USER),
    ("GET", "/breaches/", "breaches", breaches.breaches, USER),
    ("GET", "/suggestions/", "suggestions", suggestions.suggestions, USER),
    ("POST", "/suggestions/<id:suggestion_id>/accept", "accept_suggestion", suggestions.accept, USER),
    ("POST", "/suggestions/<id:suggestion_id>/refuse", "refuse_suggestion", suggestions.refuse, USER),
    ("POST", "/suggestions/<id:suggestion_id>/withdraw", "withdraw_suggestion", suggestions.withdraw, USER),
    ("GET", "/conflicts/", "conflicts", conflicts.conflicts, USER),
    ("GET", "/workshop/roles/", "roles", roles.roles, able("roles")),
    ("GET", "/workshop/roles/new", "new_role", roles.new_role, able("roles")),
    ("POST", "/workshop/roles/new", "add_role", roles.add_role, able("roles")),
    ("GET", "/workshop/roles/<role_name>", "edit_role", roles.edit_role, able("roles")),
    ("POST", "/workshop/roles/<role_name>", "change_role", roles.change_role, able("roles")),
    ("GET", "/workshop/roles/<role_name>/<type_name>", "edit_role_type", roles.edit_role_type, able("roles")),
    ("POST", "/workshop/roles/<role_name>/<type_name>", "change_role_type", roles.change_role_type, able("roles")),
    ("GET", "/users/", "people", people.people, able("users")),
    ("GET", "/users/new", "new_person", people.new_person, able("users")),
    ("POST", "/users/new", "add_person", people.add_person, able("users")),
    ("GET", "/users/<id:user_id>", "edit_person", people.edit_person, able("users")),
    ("POST", "/users/<id:user_id>", "change_person", people.change_person, able("users")),
    ("POST", "/users/<id:user_id>/link", "link_person", people.link_person, able("users")),
    ("POST", "/users/<id:user_id>/sessions/<session_id>/end", "end_session_of", person_doors.end_session_of, able("users")),
    ("POST", "/users/<id:user_id>/second-step/off", "take_off_step_of", person_doors.take_off_step_of, able("users")),
    ("POST", "/users/<id:user_id>/sign-out", "sign_out_person", people.sign_out_person, able("users")),
    ("GET", "/tokens/", "tokens", tokens.tokens, able("tokens")),
    ("POST", "/tokens/", "add_token", tokens.add_token, able("tokens")),
    ("POST", "/tokens/<id:token_id>/end", "end_token", tokens.end_token, able("tokens")),
    ("GET", "/messages/", "messages", messages.messages, USER),
    ("POST", "/messages/read", "read_messages", messages.read_messages, USER),
    ("POST", "/messages/<id:message_id>/read", "read_message", messages.read_message, USER),
    ("GET", "/messages/outbox/", "outbox", messages.outbox, OWNER),
    ("POST", "/messages/outbox/release", "release_outbox", messages.release, OWNER),
    ("POST", "/messages/outbox/drop", "drop_outbox", messages.drop_held, OWNER),
    ("GET", "/messages/outbox/<id:message_id>", "outgoing", messages.outgoing, OWNER),
    ("POST", "/messages/outbox/<id:message_id>/resend", "resend_outgoing", messages.resend, OWNER),
    ("POST", "/messages/outbox/<id:message_id>/drop", "drop_outgoing", messages.drop, OWNER),
    ("GET", "/account/", "account", account.account, USER),
    ("POST", "/account/", "change_password", account.change_password, USER),
    ("POST", "/account/sessions/<session_id>/end", "end_session", account.end_session, USER),
    ("GET", "/account/second-step", "second_step", second_step.second_step, USER),
    ("POST", "/account/second-step/begin", "begin_step", second_step.begin_step, USER),
    ("POST", "/account/second-step/confirm", "confirm_step", second_step.confirm_step, USER),
    ("POST", "/account/second-step/codes", "renew_codes", second_step.renew_codes, USER),
    ("POST", "/account/second-step/off", "take_off_step", second_step.take_off_step, USER),
    ("GET", "/login/code", "code", second_step.code, ANYONE),
    ("POST", "/login/code", "send_code", second_step.send_code, ANYONE),
    ("POST", "/csp-reports", "violated", violations.violated, ANYONE.reading),
    ("POST", "/account/sign-out", "sign_out_others", account.sign_out_others, USER),
    ("GET", "/invitation/<secret>", "invitation", joining.invitation, HOLDER),
    ("POST", "/invitation/<secret>", "accept_invitation", joining.accept_invitation, HOLDER),
    ("GET", "/p/<form_name>", "form", public.form, ANYONE),
    ("POST", "/p/<form_name>", "send_form", public.send_form, ANYONE),
    ("GET", "/l/<token>", "link", public.link, HOLDER),
    ("POST", "/l/<token>", "follow_link", public.follow_link, HOLDER),
    ("POST", "/l/<token>/consents", "answer_link", public.answer_link, HOLDER),
    ("POST", "/language", "choose_language", account.choose_language, ANYONE.reading),
)
# What is put on the map elsewhere: by the shell, and the files that pages are made of.
OTHERS: Mapping[str, Admission] = {
    "assets.file": ANYONE, "assets.site_style": ANYONE, "SignInView.login": ANYONE, "SignInView.logout": USER, "HomeView.index": USER,
}
ADMISSIONS: Mapping[str, Admission] = OTHERS | {f"web.{endpoint}": admission for _, _, endpoint, _, admission in ROUTES}


def blueprint() -> Blueprint:
    """All pages; templates come from the package."""
    made = Blueprint("web", __name__, template_folder=str(Path(__file__).parent / "templates"))
    for method, rule, endpoint, view, _ in ROUTES:
        made.add_url_rule(rule, endpoint, view, methods=[method])
    made.before_request(by_todays_name)
    return made
