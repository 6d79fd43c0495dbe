"""The built-in type of the people who log in."""

from __future__ import annotations

from types import MappingProxyType

from kartotek.model.catalog import RecordType
from kartotek.model.field import Field

USER = "user"
_ZH = MappingProxyType({"zh": MappingProxyType({"title": "用户", "plural": "用户"})})


def _labels(title: str) -> MappingProxyType[str, MappingProxyType[str, str]]:
    return MappingProxyType({"zh": MappingProxyType({"title": title})})


# Nobody writes these through records: they mirror what the shell knows of its users.
USER_TYPE = RecordType(
    name=USER,
    title="User",
    plural="Users",
    labels=_ZH,
    fields=(
        Field(name="name", kind="text", column="name", title="Name", labels=_labels("姓名"), read_only=True),
        Field(
            name="username",
            kind="text",
            column="username",
            title="Login name",
            labels=_labels("登录名"),
            read_only=True,
        ),
        Field(
            name="language", kind="text", column="language", title="Language", labels=_labels("语言"), read_only=True
        ),
        Field(name="active", kind="boolean", column="active", title="Active", labels=_labels("启用"), read_only=True),
    ),
    title_template=("", "name", ""),
    list=("name", "username", "active"),
    search=("name", "username"),
    sort=("name",),
    builtin=True,
)
