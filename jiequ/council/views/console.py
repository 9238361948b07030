"""The meeting's page: who is in, what is on, who speaks, who stays out, what was voted; and for whoever runs it, the buttons.

One reading of the same few statements, however many items, speeches and rounds the meeting has. Of a vote that is open it
knows how many have cast and nothing else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jiequ.core import clock
from jiequ.core.permission import Actor, Refused
from jiequ.council.actions.apologies import Expected
from jiequ.council.actions.papers import prepares
from jiequ.council.actions.presence import COUNCIL_ROLES, VOTING_ROLES, Base, running, runs
from jiequ.council.models import Apology, Attendance, Ballot, Guest, Meeting, Paper, Proxy, Recusal, Speech, Vote
from jiequ.council.views.codes import is_time_for_screens, pulse_token, wall_token
from jiequ.council.views.rows import Round, Row, Typed
from jiequ.council.workflow import MEETING
from jiequ.people.middleware import SignedIn
from jiequ.people.models import Appointment, Person

#: The moves that have a button on the page, the one that matters most last.
MOVES = ("cancel", "adjourn", "notice", "open", "close")


class Console:
    """One meeting at this instant, as `by` sees it."""

    def __init__(self, meeting: Meeting, by: Actor, typed: Typed | None = None) -> None:
        self.meeting, self.by, self.typed = meeting, by, typed or Typed()
        self.now = clock.now()
        self.may_run = runs(by, meeting)
        self.is_open = meeting.state == Meeting.State.OPEN
        #: Its day has come or it sits: people come and go.
        self.is_running = meeting.state in (Meeting.State.NOTICED, Meeting.State.OPEN)

    # ── what was read ─────────────────────────────────────

    @cached_property
    def rows(self) -> list[Row]:
        items = self.meeting.items.select_related("motion__rule").order_by("position")
        return [Row(self, item) for item in items]

    @cached_property
    def speeches(self) -> dict[int, list[Speech]]:
        return _by_item(Speech.objects.filter(item__meeting=self.meeting).order_by("said_at", "id"))

    @cached_property
    def ballots(self) -> dict[int, list[Ballot]]:
        return _by_item(Ballot.objects.filter(item__meeting=self.meeting).order_by("round"))

    @cached_property
    def recusals(self) -> dict[int, list[Recusal]]:
        return _by_item(Recusal.objects.filter(item__meeting=self.meeting).order_by("made_at", "id"))

    @cached_property
    def papers(self) -> dict[int, list[Paper]]:
        return _by_item(Paper.objects.filter(item__meeting=self.meeting))

    @cached_property
    def votes(self) -> dict[int, list[Vote]]:
        """By round; without the envelopes."""
        found: dict[int, list[Vote]] = defaultdict(list)
        for vote in Vote.objects.filter(ballot__item__meeting=self.meeting).defer("envelope").order_by("id"):
            found[vote.ballot_id].append(vote)
        return found

    @cached_property
    def posts(self) -> list[Appointment]:
        on = None if self.meeting.closed_at is None else clock.day(self.meeting.closed_at)
        away = Apology.objects.filter(meeting=self.meeting, person_id=OuterRef("person_id"))
        posts = Appointment.objects.in_force(on).filter(unit=self.meeting.unit, role__in=COUNCIL_ROLES)
        posts = posts.annotate(is_away=Exists(away))
        return sorted(posts, key=lambda p: (p.definition.rank, p.pk))

    @cached_property
    def stays(self) -> list[Attendance]:
        return list(self.meeting.attendances.all())

    @cached_property
    def proxies(self) -> list[Proxy]:
        if not self.meeting.rule.allows_proxies:
            return []
        return list(self.meeting.proxies.filter(ended_at=None) if self.is_running else self.meeting.proxies.all())

    @cached_property
    def apologies(self) -> set[int]:
        return {p.person_id for p in self.posts if p.is_away}  # type: ignore[attr-defined]

    @cached_property
    def expected(self) -> Expected:
        """Who has a vote and is expected to come, before the meeting begins."""
        acted_for = {p.represented_id for p in self.proxies if p.acting_id not in self.apologies}
        return Expected.of([p for p, _label in self.voters], self.apologies - acted_for, self.meeting.rule.quorum)

    @property
    def has_apologised(self) -> bool:
        return self.by.person_id in self.apologies

    @cached_property
    def guests(self) -> list[Guest]:
        return list(self.meeting.guests.all())

    @cached_property
    def labels(self) -> dict[int, str]:
        """Everybody the page names, masked, in one statement."""
        wanted = {p.person_id for p in self.posts} | {s.person_id for s in self.stays}
        wanted |= {s.person_id for row in self.speeches.values() for s in row if s.person_id}
        wanted |= {p for row in self.recusals.values() for r in row for p in (r.person_id, r.proposed_by_id) if p}
        wanted |= {p for x in self.proxies for p in (x.represented_id, x.acting_id)}
        wanted |= {v.person_id for row in self.votes.values() for v in row}
        wanted |= {p for p in (self.meeting.chair_id, self.meeting.secretary_id) if p}
        return {p.pk: p.label for p in Person.objects.filter(pk__in=wanted)}

    def label(self, person: int | None) -> str:
        return self.labels.get(person, "") if person else ""

    # ── who is there ──────────────────────────────────────

    @cached_property
    def voters(self) -> list[tuple[int, str]]:
        return [(p.person_id, self.label(p.person_id)) for p in self.posts if p.role in VOTING_ROLES]

    def base_without(self, recused: Iterable[int] = ()) -> Base:
        """Who counts as present: now; in a meeting that is over, whoever was there at some time."""
        is_over = self.meeting.closed_at is not None
        return Base.of(
            [p for p, _label in self.voters],
            {s.person_id for s in self.stays if s.is_voting and (is_over or s.left_at is None)},
            self.meeting.rule.quorum,
            recused=recused,
            proxies={p.represented_id: p.acting_id for p in self.proxies if p.ended_at is None},
        )

    @cached_property
    def base(self) -> Base:
        return self.base_without()

    @cached_property
    def inside(self) -> set[int]:
        return {s.person_id for s in self.stays if s.left_at is None} if self.meeting.closed_at is None else set()

    @property
    def is_inside(self) -> bool:
        return self.by.person_id in self.inside

    @property
    def is_member(self) -> bool:
        return any(p.person_id == self.by.person_id for p in self.posts)

    @property
    def has_vote(self) -> bool:
        return any(s.person_id == self.by.person_id and s.is_voting and s.left_at is None for s in self.stays)

    @property
    def people(self) -> list[dict[str, Any]]:
        """The council's members, and whoever else was signed in, each with their comings and goings."""
        stays: dict[int, list[Attendance]] = defaultdict(list)
        for stay in self.stays:
            stays[stay.person_id].append(stay)
        acting = {p.represented_id: p for p in self.proxies if p.ended_at is None}
        roles: dict[int, list[Any]] = defaultdict(list)
        for post in self.posts:
            roles[post.person_id].append(post.role_label)
        persons = list(dict.fromkeys([p.person_id for p in self.posts] + list(stays)))
        return [
            {
                "person": person,
                "label": self.label(person),
                "role": _("、").join(str(r) for r in roles[person]) or _("列席"),
                "stays": stays[person],
                "inside": person in self.inside,
                "apologised": person in self.apologies,
                "proxy": acting.get(person),
                "acting": self.label(acting[person].acting_id) if person in acting else "",
            }
            for person in persons
        ]

    @property
    def chair(self) -> str:
        return self.label(self.meeting.chair_id)

    @property
    def secretary(self) -> str:
        return self.label(self.meeting.secretary_id)

    @property
    def sayers(self) -> list[tuple[int, str]]:
        """Whose words may be noted: who is in the room."""
        return [(p, self.label(p)) for p in dict.fromkeys(s.person_id for s in self.stays) if p in self.inside]

    @property
    def may_be_represented(self) -> bool:
        return any(p == self.by.person_id for p, _label in self.represented)

    @property
    def represented(self) -> list[tuple[int, str]]:
        """Who may give a proxy: has a seat and is not here; for somebody who does not run the meeting, only themselves."""
        given = {p.represented_id for p in self.proxies if p.ended_at is None}
        free = [(p, label) for p, label in self.voters if p not in self.inside and p not in given]
        return free if self.may_run else [(p, label) for p, label in free if p == self.by.person_id]

    @property
    def proxy_rows(self) -> list[tuple[str, str, Proxy, bool]]:
        me = self.by.person_id
        return [
            (
                self.label(p.represented_id),
                self.label(p.acting_id),
                p,
                self.may_run or me in (p.represented_id, p.acting_id),
            )
            for p in self.proxies
        ]

    # ── what may be done ──────────────────────────────────

    @property
    def actor(self) -> Actor:
        return running(self.by, self.meeting) if self.may_run else self.by

    @property
    def offered(self) -> list[Any]:
        moves = {m.name: m for m in MEETING.offered(self.meeting, self.actor)}
        if self.base.is_quorate:
            moves.pop("adjourn", None)  # there is a quorum: the meeting goes on
        if self.is_ahead:
            moves = {name: move for name, move in moves.items() if name not in ("adjourn", "open")}
        return [moves[name] for name in MOVES if name in moves]

    @property
    def may_plan(self) -> bool:
        return self.by.may("council.plan_meeting", self.meeting.unit)

    @property
    def may_prepare(self) -> bool:
        return self.meeting.state == Meeting.State.PLANNED and prepares(self.by, self.meeting)

    @property
    def is_ahead(self) -> bool:
        """Announced for a later day, and nobody has come yet: who is expected matters, not who is there."""
        is_later = clock.day(self.meeting.starts_at) > clock.day(self.now)
        return self.meeting.state == Meeting.State.NOTICED and is_later and not self.inside

    @property
    def heading(self) -> str:
        """The answer, not the category."""
        if not self.is_running:
            return _("到会")
        if not self.base.seats:
            return _("还没有任命理事，不能表决")
        if self.is_ahead:
            return _("预计到会%(n)s人") % {"n": self.expected.coming}
        if self.base.missing:
            return ngettext("还差%(n)s人到会才能表决", "还差%(n)s人到会才能表决", self.base.missing) % {
                "n": self.base.missing
            }
        return _("到会人数够了，可以表决")

    # ── votes ─────────────────────────────────────────────

    def round(self, ballot: Ballot, row: Row) -> Round:
        votes = self.votes[ballot.pk]
        names = []
        if ballot.closed_at is not None and not ballot.is_secret:
            counted = [v for v in votes if v.is_counted and v.choice]
            names = [(self.label(v.person_id), v.get_choice_display(), v.confirmed_at is not None) for v in counted]
        return Round(
            ballot,
            cast=sum(v.person_id in row.base.entitled for v in votes) if ballot.is_open else 0,
            entitled=row.base.present,
            mine=next((v for v in votes if v.person_id == self.by.person_id and v.cast_at), None)
            if ballot.kind != Ballot.Kind.HANDS
            else next((v for v in votes if v.person_id == self.by.person_id), None),
            by_name=names,
        )


def meeting_page(request: SignedIn, pk: int) -> HttpResponse:
    return show(request, read_meeting(request, pk))


def read_meeting(request: SignedIn, pk: int) -> Meeting:
    return get_object_or_404(Meeting.objects.visible_to(request.user).with_unit().select_related("rule"), pk=pk)


def show(request: SignedIn, meeting: Meeting, typed: Typed | None = None) -> HttpResponse:
    """The page; with what was typed into a form that was refused, and why."""
    console = Console(meeting, request.user, typed)
    base = console.base
    context = {
        "here": "council", "meeting": meeting, "console": console, "runs": console.may_run,
        "present": base.present, "absent": base.absent, "need": base.need, "seats": base.seats, "missing": base.missing,
        "grounds": Recusal.Ground.choices, "choices": Vote.Choice.choices, "pulse": pulse_token(meeting),
        "wall": wall_token(meeting) if console.may_run and is_time_for_screens(meeting) else "",
    }  # fmt: skip
    template = "council/_meeting_live.html" if request.htmx else "council/meeting.html"
    return render(request, template, context, status=409 if typed else 200)


def keeping(request: SignedIn, meeting: Meeting, form: str, of: int, act: Callable[[], Any]) -> HttpResponse | None:
    """Do `act`; where a rule says no, the page again with what was typed into `form`."""
    try:
        act()
    except Refused as refused:
        return show(request, read_meeting(request, meeting.pk), Typed(form, of, request.POST, refused.message))
    return None


def _by_item(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.item_id].append(row)
    return found
