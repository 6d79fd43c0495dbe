"""What an entry of the audit says, as a sentence; `{name}` stands for a parameter. Pages translate these texts."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kartotek.model.audit import AuditAction

AUDIT_TEXTS: Mapping[AuditAction, str] = MappingProxyType(
    {
        "sign_in": "{who} signed in.",
        "sign_in_failed": "Somebody tried to sign in as {who}, and could not.",
        "sign_out": "{who} signed out.",
        "session_ended": "{who} ended a session.",
        "second_factor_set": "{who} set up a second factor.",
        "second_factor_removed": "{who} removed a second factor.",
        "denied": "{who} was refused: {what}.",
        "create": "{who} created {what}.",
        "update": "{who} changed {what}: {fields}.",
        "delete": "{who} deleted {what}.",
        "restore": "{who} brought {what} back.",
        "transition": "{who} took {what} a step further: {step}.",
        "skipped": "A step of {what} was skipped: {step}.",
        "migration": "{who} converted {what}: {fields}.",
        "read": "{who} looked at {what}: {fields}.",
        "export": "{who} exported {what}: {fields}.",
        "break_glass": "{who} opened {what} in an emergency.",
        "import_started": "{who} began an import into {what}.",
        "import_undone": "{who} took an import into {what} back.",
        "link_revoked": "{who} ended a personal link of {what}.",
        "apply": "{who} put declarations into service: version {version}.",
        "rollback": "{who} went back to earlier declarations: version {version}.",
        "proposal": "{who} changed declarations in the browser.",
        "kept_removed": "{who} removed for good what had been kept.",
        "user_created": "{who} added a user: {user}.",
        "user_changed": "{who} changed a user: {user}.",
        "user_disabled": "{who} disabled a user: {user}.",
        "user_enabled": "{who} let a user in again: {user}.",
        "user_invited": "{who} invited a user: {user}.",
        "password_set": "{who} set a password: {user}.",
        "password_reset": "{who} let a password be set anew: {user}.",
        "token_created": "{who} made a token for {user}.",
        "token_revoked": "{who} ended a token of {user}.",
        "role_changed": "{who} changed a role.",
        "consent_given": "{who} noted a consent: {what}.",
        "consent_withdrawn": "{who} noted that a consent was withdrawn: {what}.",
        "person_exported": "{who} exported all about {what}.",
        "person_erased": "{who} erased {what}.",
        "records_ended": "Records whose time was over ended: {what}.",
        "restricted": "{who} restricted {what}.",
        "suggestion_made": "{who} proposed a change of {what}: {fields}.",
        "suggestion_accepted": "{who} accepted what was proposed for {what}: {fields}.",
        "suggestion_refused": "{who} refused what was proposed for {what}: {fields}.",
        "suggestion_withdrawn": "{who} took back what was proposed for {what}: {fields}.",
        "restriction_lifted": "{who} ended the restriction of {what}.",
        "key_rotated": "{who} changed the master key.",
        "key_destroyed": "{who} destroyed the key of {what}.",
        "value_damaged": "{who} met a value of {what} that was changed or moved in the database.",
        "backup_made": "{who} made a backup.",
        "backup_failed": "A backup failed.",
        "backup_tried": "A backup was tried out.",
        "backup_restored": "A backup was restored.",
        "site_copied": "{who} made a copy of the site.",
        "head_sent": "The last entry was told to an endpoint.",
        "audit_trimmed": "Entries whose time was over were removed.",
        "audit_looked_at": "{who} looked at the audit.",
        "journal_damaged": "Somebody changed a note of what was looked at before it came into the chain.",
    }
)
OTHERWISE = "{who}: {what}."  # of an action that has no sentence yet
MORE = "{what} and {count} others"
SOMEBODY, UNKNOWN, SITE = "user {number}", "somebody unknown", "the site ({name})"
