"""The neutral site with a form for strangers, and orders whose owner may answer by a link."""

from __future__ import annotations

import json

from neutral_site import ALL, ORDER, documents

REQUEST = {
    "title": "Request", "type": "object", "required": ["name", "agrees"],
    "properties": {
        "name": {"type": "string", "title": "Name", "minLength": 1, "maxLength": 60},
        "mobile": {"type": "string", "format": "phone", "title": "Mobile", "x-field": {"unique": True}},
        "agrees": {"type": "boolean", "title": "Agrees"},
        "source": {"title": "Source", "readOnly": True, "default": "desk", "oneOf": [
            {"const": "desk", "title": "Desk"}, {"const": "web", "title": "Web"}]},
        "secret": {"type": "string", "title": "Secret", "x-field": {"read": []}},
    },
    "x-record": {
        "permissions": {"clerk": ALL},
        "validations": [
            {"name": "agreed", "rule": "record.agrees == true", "field": "agrees", "message": "You must agree"},
            {"name": "hidden_rule", "rule": "record.name != 'Nemo'", "field": "secret", "message": "Nobody of that name"},
        ],
        "publicForms": {"ask": {
            "title": {"en": "Ask us", "zh": "咨询"}, "thanks": {"en": "We call you", "zh": "我们会联系您"},
            "fields": ["name", "mobile", "agrees"], "set": {"source": "web"}, "limit": 3, "total": 5,
        }},
    },
}
WORKFLOW = """
record: order
field: status
initial: offered
states:
  offered: {title: {en: Offered, zh: 已报价}}
  accepted: {title: {en: Accepted, zh: 已接受}, final: true}
  refused: {title: {en: Refused, zh: 已拒绝}, final: true}
transitions:
  offer:
    from: offered
    to: offered
    roles: [clerk]
    do:
      - link: {name: answer, transition: accept, expires: P2D, shows: [starts_at, total]}
  accept:
    title: {en: Accept, zh: 接受}
    from: offered
    to: accepted
    ask: [reason]
    guard: "record.starts_at > now"
    message: {en: "It is too late.", zh: "太晚了。"}
  refuse: {from: offered, to: refused, roles: [clerk]}
"""


def public_documents() -> dict[str, str]:
    """The documents of the site."""
    assert "status" not in ORDER["properties"]
    return documents(request=REQUEST) | {"workflows/order.yaml": WORKFLOW}


def request_schema() -> str:
    """The type of the form alone, as its file."""
    return json.dumps(REQUEST)
