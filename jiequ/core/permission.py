"""Who acts, and what is said when they may not.

An actor is whoever an action is done `by`: an account, the SYSTEM (the tick) or the PUBLIC (anyone with a browser).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _


class Refused(Exception):
    """A rule of the procedure says no. The message tells the user what to do; nothing was changed."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = str(message)
        self.field = field


class Overtaken(Refused):
    """Somebody else was first. The page shows the new state and loses nothing that was typed."""


class NotAllowed(PermissionDenied):
    """In scope, without the permission: 403."""


class Actor(Protocol):
    """What an action needs to know of whoever does it."""

    @property
    def person_id(self) -> int | None: ...

    def may(self, permission: str, unit: Any) -> bool:
        """True if `permission` (such as "council.screen_motion") is held over `unit` now."""
        ...


class _Somebody:
    person_id: int | None = None

    def __init__(self, name: str, *permissions: str) -> None:
        self.name = name
        self.permissions = frozenset(permissions)

    def may(self, permission: str, unit: Any) -> bool:
        return "*" in self.permissions or permission in self.permissions

    def __repr__(self) -> str:
        return f"<{self.name}>"


SYSTEM = _Somebody("system", "*")
#: What anybody may do without signing in, through the public pages.
PUBLIC = _Somebody(
    "public",
    "council.collect_motion",
    "council.second_motion",
    "council.object_to_resolution",
    "council.rate_resolution",
    "cases.file_case",
    "cases.follow_case",
    "cases.rate_case",
    "cases.erase_complainant",
    "outreach.confirm_wish",
)


def require(by: Actor, permission: str, unit: Any) -> None:
    """Raise NotAllowed unless `by` holds `permission` over `unit`."""
    if not by.may(permission, unit):
        raise NotAllowed(_("您在这里没有办这件事的权限。需要的话，请找社区总街长开通。"))


_channel: ContextVar[str] = ContextVar("channel", default="")


@contextmanager
def through(channel: str) -> Iterator[None]:
    """Tell the journal by which way a write came in (web, public, demo, tick)."""
    token = _channel.set(channel)
    try:
        yield
    finally:
        _channel.reset(token)


def channel() -> str:
    return _channel.get()
