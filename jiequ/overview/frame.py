"""What every page's frame shows: who I am, where I am, what is unread, and the demo's banner.

Lazy: a page or partial that draws no frame asks the database nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiequ.core import clock
from jiequ.outreach.views.phone import phone_name
from jiequ.people.models import Notice
from jiequ.territory.models import Unit

#: The lists about visits, wishes and service: the first part of their addresses, the URL's name, the label.
ROOMS = (
    ("visits", "visits", gettext_lazy("走访")),
    ("households", "households", gettext_lazy("重点户")),
    ("wishes", "wishes", gettext_lazy("微心愿")),
    ("deeds", "deeds", gettext_lazy("办实事")),
    ("activities", "activities", gettext_lazy("活动")),
    ("campaigns", "campaigns", gettext_lazy("专项行动")),
)
#: Pages with an address of their own that belong to one of these.
INSIDE = {
    "conflicts": "visits",
    "findings": "visits",
    "consents": "households",
    "classifications": "households",
    "wish-rounds": "wishes",
    "wish-claims": "wishes",
    "certificates": "activities",
    "coverage": "campaigns",
}
#: The lists that are not for everybody, by the name of their address: what one must hold somewhere, or the list refuses.
DOORS = {
    "visits": "outreach.view_household",
    "households": "outreach.view_household",
    "wishes": "outreach.view_wish",
    "deeds": "outreach.view_deed",
    "activities": "outreach.view_deed",
    "campaigns": "outreach.view_deed",
    "people": "people.view_appointment",
    "members": "people.view_member",
    "figures": "overview.view_figures",
}


@dataclass(frozen=True)
class Place:
    """One line of the place menu: a unit I hold a post in, or one above it."""

    unit: Unit
    posts: str
    is_here: bool

    @property
    def level(self) -> int:
        return int(self.unit.depth)


class Frame:
    """One request's frame; each part is asked for at most once."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def account(self) -> Any:
        user: Any = getattr(self.request, "user", None)
        return user if user is not None and user.is_authenticated else None

    @cached_property
    def name(self) -> str:
        """The masked name."""
        return str(self.account.person.label) if self.account else ""

    @cached_property
    def phone_name(self) -> str:
        """Whom a phone may keep visits for (web/js/visits-door.js)."""
        return phone_name(str(self.account.pk)) if self.account else ""

    @cached_property
    def face(self) -> str:
        return self.name[:1]

    @cached_property
    def post(self) -> str:
        """The first of my posts, by duty."""
        posts = self.account.appointments if self.account else []
        return posts[0].role_label if posts else ""

    @cached_property
    def home(self) -> Unit | None:
        """The unit I work for: of my first post; for a red grid's member the block around it."""
        posts = self.account.appointments if self.account else []
        if not posts:
            return None
        path = posts[0].definition.path(posts[0].unit.path)
        if path == posts[0].unit.path:
            return posts[0].unit
        return next((u for u in self._units if u.path == path), posts[0].unit)

    @cached_property
    def trail(self) -> list[Unit]:
        """From the subdistrict down to `home`."""
        return [u for u in self._units if self.home is not None and self.home.path.startswith(u.path)]

    @cached_property
    def where(self) -> list[Place]:
        """The units I hold a post in and what stands above them, in the tree's order."""
        posts: dict[int, list[str]] = {}
        for a in self.account.appointments if self.account else []:
            posts.setdefault(a.unit_id, []).append(a.role_label)
        return [Place(u, "、".join(posts.get(u.pk, [])), u == self.home) for u in self._units]

    @cached_property
    def _units(self) -> list[Unit]:
        held = [a.unit for a in self.account.appointments] if self.account else []
        paths = {u.path[:n] for u in held for n in range(u.steplen, len(u.path) + 1, u.steplen)}
        if not paths:
            return []
        return list(Unit.objects.filter(path__in=paths).defer("boundary"))

    @cached_property
    def unread(self) -> int:
        """Unread notices."""
        if not self.account:
            return 0
        mine = Notice.objects.filter(person_id=self.account.person_id, read_at=None)
        return int(mine.aggregate(n=Count("pk"))["n"])

    @cached_property
    def doors(self) -> dict[str, bool]:
        """Which of the lists in DOORS open to me: no page leads to a refusal."""
        return {name: bool(self.account and self.account.holds_anywhere(needed)) for name, needed in DOORS.items()}

    @property
    def room(self) -> str:
        """The first part of the address: which list of its house this page belongs to."""
        first = self.request.path.split("/")[1]
        return INSIDE.get(first, first)

    @property
    def is_outreach(self) -> bool:
        return self.account is not None and any(room == self.room for room, _url, _label in ROOMS)

    @property
    def rooms(self) -> list[tuple[str, str, Any]]:
        """(first part, address, label) of the lists about visits, wishes and service that I may open."""
        return [(room, reverse(url), label) for room, url, label in ROOMS if self.doors[url]]

    @cached_property
    def banner(self) -> str:
        """Said on every page of the demo."""
        if not clock.is_shifted():
            return ""
        return _("演示：时间从 2021年12月1日 走起，人员均为虚构")


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context processor: `frame` in every template."""
    return {"frame": of(request)}


def of(request: HttpRequest) -> Frame:
    """The request's frame for a view that needs a part of it; the template then uses the same one."""
    if not hasattr(request, "frame"):
        request.frame = Frame(request)  # type: ignore[attr-defined]
    found: Frame = request.frame  # type: ignore[attr-defined]
    return found
