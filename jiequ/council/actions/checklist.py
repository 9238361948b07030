"""What is looked at before a meeting's notice goes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from django.db.models import Q
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.council.actions.agenda import ends_at
from jiequ.council.actions.apologies import expected
from jiequ.council.actions.invitations import agenda_of
from jiequ.council.actions.presence import voters
from jiequ.council.models import AgendaItem, Meeting
from jiequ.people.channels import Email
from jiequ.people.models import Account

LONGEST = 180  # minutes after which nobody listens
State = Literal["ok", "warn", "stop"]


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. `stop`: the notice cannot go out; `warn`: it can, and somebody should know."""

    state: State
    words: str


def checks(meeting: Meeting, items: list[AgendaItem] | None = None) -> list[Check]:
    """Everything, in the order of the page; reads and changes nothing."""
    items = agenda_of(meeting) if items is None else items
    return [
        _agenda(items),
        _notice_period(meeting),
        _in_charge(meeting),
        _length(items),
        _papers(items),
        _proposals(items),
        *_council(meeting),
        *_elsewhere(meeting, items),
    ]


def _agenda(items: list[AgendaItem]) -> Check:
    if not items:
        return Check("stop", _("议程还是空的，请先列入至少一个议题。"))
    return Check("ok", _("议程有%(n)s个议题。") % {"n": len(items)})


def _notice_period(meeting: Meeting) -> Check:
    days, ahead = meeting.rule.notice_days, (clock.day(meeting.starts_at) - clock.today()).days
    if ahead < days:
        return Check("stop", _("离开会不足%(days)s天，公告期不够。请改开会时间，或取消本次会。") % {"days": days})
    return Check("ok", _("提前%(ahead)s天公告，规则要求%(days)s天。") % {"ahead": ahead, "days": days})


def _in_charge(meeting: Meeting) -> Check:
    missing = [
        word for word, who in ((_("主持人"), meeting.chair_id), (_("记录人"), meeting.secretary_id)) if who is None
    ]
    if missing:
        return Check("warn", _("还没有定%(who)s。") % {"who": "、".join(missing)})
    return Check("ok", _("主持人和记录人已定。"))


def _length(items: list[AgendaItem]) -> Check:
    minutes = sum(item.minutes for item in items)
    if minutes > LONGEST:
        return Check("warn", _("预计%(n)s分钟，超过3小时，建议分两次开。") % {"n": minutes})
    return Check("ok", _("预计%(n)s分钟。") % {"n": minutes})


def _papers(items: list[AgendaItem]) -> Check:
    bare = [i for i in items if i.motion.is_major and not getattr(i, "material", [])]
    if bare:
        return Check("warn", _("重大事项没有材料：%(which)s。") % {"which": _numbers(bare)})
    return Check("ok", _("重大事项都有材料。") if any(i.motion.is_major for i in items) else _("没有重大事项。"))


def _proposals(items: list[AgendaItem]) -> Check:
    bare = [item for item in items if not item.proposal]
    if bare:
        return Check("warn", _("没有写提请表决的内容：%(which)s。") % {"which": _numbers(bare)})
    return Check("ok", _("每个议题都写了提请表决的内容。"))


def _numbers(items: list[AgendaItem]) -> str:
    return "、".join(_("第%(n)s项") % {"n": item.position} for item in items)


def _council(meeting: Meeting) -> list[Check]:
    seats = set(voters(meeting.unit).values_list("pk", flat=True))
    if not seats:
        return [Check("stop", _("理事会还没有理事，开不成会。请先任命。"))]
    hopes = expected(meeting)
    said = {"seats": hopes.seats, "coming": hopes.coming, "need": hopes.need}
    enough = (
        Check("ok", _("在任理事%(seats)s人，法定到会%(need)s人。") % said)
        if hopes.is_enough
        else Check("warn", _("在任理事%(seats)s人，预计到会%(coming)s人，不够法定的%(need)s人。") % said)
    )
    reached = set(
        Account.objects.filter(person_id__in=seats, is_active=True).values_list("person_id", flat=True)
    ) | Email().reaches(seats)
    lost = len(seats - reached)
    if lost:
        return [
            enough,
            Check("warn", _("%(n)s位理事没有账号也没有邮箱，收不到通知，请当面或打电话告知。") % {"n": lost}),
        ]
    return [enough, Check("ok", _("理事都能收到通知。"))]


def _elsewhere(meeting: Meeting, items: list[AgendaItem]) -> list[Check]:
    """Another meeting of the block that day, or of the chair or the secretary at that hour."""
    day = clock.at(clock.day(meeting.starts_at))
    mine = [pk for pk in (meeting.chair_id, meeting.secretary_id) if pk is not None]
    same_day = Meeting.objects.filter(
        Q(unit_id=meeting.unit_id) | Q(chair__in=mine) | Q(secretary__in=mine),
        starts_at__gte=day,
        starts_at__lt=day + timedelta(days=1),
        state__in=[Meeting.State.PLANNED, Meeting.State.NOTICED, Meeting.State.OPEN],
    ).exclude(pk=meeting.pk)
    others = list(same_day.select_related("unit").prefetch_related("items"))
    found = []
    if any(other.unit_id == meeting.unit_id for other in others):
        found.append(Check("warn", _("本街区当天还有一次会。")))
    until = ends_at(meeting, items)
    clash = next(
        (
            other
            for other in others
            if other.unit_id != meeting.unit_id
            and other.starts_at < until
            and ends_at(other, other.items.all()) > meeting.starts_at
        ),
        None,
    )
    if clash is not None:
        found.append(Check("warn", _("主持人或记录人同一时间在%(unit)s还有会。") % {"unit": clash.unit.name}))
    return found or [Check("ok", _("当天没有别的会冲突。"))]
