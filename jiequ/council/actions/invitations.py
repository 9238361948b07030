"""What the council is told of a meeting: in words, and as an invitation that calendars read (RFC 5545, RFC 5546)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone, TimezoneStandard, vCalAddress, vText

from jiequ.core import clock
from jiequ.core.personal import blind
from jiequ.core.templatetags.jiequ import weekday
from jiequ.council.actions.agenda import ends_at, still_open
from jiequ.council.actions.presence import COUNCIL_ROLES
from jiequ.council.models import AgendaItem, Meeting, Paper
from jiequ.people.actions import notify
from jiequ.people.models import Appointment

#: Shown with the agenda; the rest is on the page.
FOLLOW_UPS = 5


def invited(meeting: Meeting, *, but: Iterable[int] = ()) -> list[int]:
    """The persons who are told of a meeting: the council's members, its chair and its secretary."""
    posts = Appointment.objects.in_force().filter(unit=meeting.unit, role__in=COUNCIL_ROLES)
    out = {None, *but}
    return [
        pk
        for pk in dict.fromkeys([*posts.values_list("person_id", flat=True), meeting.chair_id, meeting.secretary_id])
        if pk is not None and pk not in out
    ]


def agenda_of(meeting: Meeting) -> list[AgendaItem]:
    """The items in order, each with its motion and its `material`: the papers about that motion, of earlier meetings too."""
    items = list(meeting.items.select_related("motion__unit", "motion__rule").order_by("position"))
    material = papers_about([item.motion_id for item in items])
    for item in items:
        item.material = material.get(item.motion_id, [])  # type: ignore[attr-defined]
    return items


def papers_about(motions: Iterable[int]) -> dict[int, list[Paper]]:
    """{motion's number: its papers, the oldest first}; one statement, none for no motions."""
    found: dict[int, list[Paper]] = {}
    for paper in Paper.objects.filter(item__motion__in=list(motions)).annotate(about=F("item__motion_id")):
        found.setdefault(paper.about, []).append(paper)
    return found


def tell_council(
    meeting: Meeting,
    subject: str,
    items: list[AgendaItem],
    *,
    first: str = "",
    method: str = "REQUEST",
    but: Iterable[int] = (),
) -> None:
    """Tell everybody invited, with date, time, place and topics in the body, in-app and through the channels."""
    body = "\n".join(line for line in (first, *words_of(meeting, items)) if line)
    notify(
        invited(meeting, but=but), subject, body=body, url=meeting.get_absolute_url(), leaves=True,
        calendar=calendar_of(meeting, items, method=method),
    )  # fmt: skip


def when(meeting: Meeting) -> str:
    """As the subject says it: 12月05日 10:00."""
    return clock.local(meeting.starts_at).strftime("%m月%d日 %H:%M")


def words_of(meeting: Meeting, items: list[AgendaItem]) -> list[str]:
    """The notice's lines. Nobody is named but by masked name."""
    starts, ends = clock.local(meeting.starts_at), clock.local(ends_at(meeting, items))
    day = _("%(year)s年%(month)s月%(day)s日") % {"year": starts.year, "month": starts.month, "day": starts.day}
    lines = [
        f"{meeting.unit.name} {meeting}",
        _("时间：%(day)s（%(weekday)s）%(from)s至%(to)s")
        % {"day": day, "weekday": weekday(starts), "from": f"{starts:%H:%M}", "to": f"{ends:%H:%M}"},
        _("地点：%(place)s") % {"place": meeting.place},
    ]
    if meeting.chair:
        lines.append(_("主持人：%(who)s") % {"who": meeting.chair.label})
    lines.append(
        _("议程：%(n)s个议题，预计%(minutes)s分钟") % {"n": len(items), "minutes": sum(i.minutes for i in items)}
    )
    lines += [_topic(item) for item in items]
    if left := still_open(meeting.unit):
        titles = "；".join(task.title for task in left[:FOLLOW_UPS])
        more = _("等") if len(left) > FOLLOW_UPS else ""
        lines.append(
            _("以往决议还有%(n)s项在办：%(titles)s%(more)s") % {"n": len(left), "titles": titles, "more": more}
        )
    if meeting.state in (Meeting.State.PLANNED, Meeting.State.NOTICED):
        lines.append(_("不能来的，请在会议页上点“请假”，或告诉街区网格长。"))
    return lines


def _topic(item: AgendaItem) -> str:
    notes = [_("%(n)s分钟") % {"n": item.minutes}]
    if item.motion.is_major:
        notes.append(_("重大事项"))
    if papers := getattr(item, "material", []):
        notes.append(_("%(n)s份材料") % {"n": len(papers)})
    line = f"{item.position}. {item.motion.title}（{'，'.join(notes)}）"
    return f"{line}\n   {_('提请表决：%(text)s') % {'text': item.proposal}}" if item.proposal else line


# --- for calendars ---------------------------------------------------------------------------------------------------


def calendar_of(meeting: Meeting, items: list[AgendaItem], *, method: str = "REQUEST") -> str:
    """The meeting as iCalendar text: one event that keeps its UID for ever and counts its changes (SEQUENCE).

    It names nobody who is invited: whoever gets it by e-mail is asked by that mail, and no list of addresses travels.
    """
    cancelled = method == "CANCEL" or meeting.state == Meeting.State.CANCELLED
    status = "CANCELLED" if cancelled else "TENTATIVE" if meeting.noticed_at is None else "CONFIRMED"
    name = f"{meeting.unit.name}理事会"
    event = Event()
    event.add("uid", uid_of(meeting))
    event.add("dtstamp", _in_utc(clock.now()))
    event.add("dtstart", clock.local(meeting.starts_at))
    event.add("dtend", clock.local(ends_at(meeting, items)))
    event.add("sequence", meeting.calendar_sequence)
    event.add("status", status)
    event.add("summary", f"{meeting.unit.name} {meeting}")
    event.add("location", meeting.place)
    event.add("description", "\n".join(words_of(meeting, items)))
    organizer = vCalAddress("mailto:" + (parseaddr(settings.DEFAULT_FROM_EMAIL)[1] or "jiequ@localhost"))
    organizer.params["CN"] = vText(name)
    event["organizer"] = organizer
    host = settings.ALLOWED_HOSTS[0].lstrip(".") if settings.ALLOWED_HOSTS else ""
    if host and host != "*":
        event.add("url", f"https://{host}{meeting.get_absolute_url()}")
    calendar = Calendar()
    calendar.add("prodid", "-//Jiequ//Council//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(_time_zone())
    calendar.add_component(event)
    text: bytes = calendar.to_ical()
    return text.decode()


def uid_of(meeting: Meeting) -> str:
    """The same for ever, different in every installation, and nothing that could be guessed from a number."""
    return f"{blind(str(meeting.pk), 'meeting-calendar')}@jiequ"


def _in_utc(moment: datetime) -> datetime:
    from datetime import UTC

    return moment.astimezone(UTC).replace(microsecond=0)


def _time_zone() -> Any:
    """China has one time, without summer time since 1991."""
    standard = TimezoneStandard()
    standard.add("dtstart", datetime(1991, 9, 15, 1))  # noqa: DTZ001 — an onset is local time
    standard.add("tzoffsetfrom", timedelta(hours=8))
    standard.add("tzoffsetto", timedelta(hours=8))
    standard.add("tzname", "CST")
    zone = Timezone()
    zone.add("tzid", settings.TIME_ZONE)
    zone.add_component(standard)
    return zone
