"""Step 4: who speaks. Asking for the floor, giving it, ending it, and the line that goes into the minutes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused
from jiequ.core.personal import has_personal_number
from jiequ.core.writing import action, lock
from jiequ.council.actions.presence import running, runs, touch
from jiequ.council.models import AgendaItem, DecisionRule, Meeting, Motion, Speech
from jiequ.people.models import Person


@action
def ask_to_speak(item: AgendaItem, *, by: Actor, is_point_of_order: bool = False) -> Speech:
    """Ask for the floor on the item under discussion. A point of order goes first and counts for no limit."""
    meeting = lock(item.meeting)
    if by.person_id is None or not meeting.attendances.present().filter(person_id=by.person_id).exists():
        raise Refused(_("请先签到，再请求发言。"))
    _require_discussed(meeting, item)
    if not is_point_of_order and item.ballots.going_on().exists():
        raise Refused(_("正在表决，现在不发言。程序问题可以提。"))
    mine = item.speeches.filter(person_id=by.person_id)
    if mine.waiting().filter(is_point_of_order=is_point_of_order).exists():
        raise Overtaken(_("您已经在发言名单上，等主持人请您。"))
    limit = meeting.rule.speeches_each
    if not is_point_of_order and limit and mine.held().filter(is_point_of_order=False).count() >= limit:
        raise Refused(_("每人每项发言%(n)s次，您已经发过言了。") % {"n": limit})
    speech = Speech.objects.create(
        item=item, person_id=by.person_id, is_point_of_order=is_point_of_order, said_at=clock.now()
    )
    touch(meeting)
    record("ask_to_speak", meeting, by=by, item=item.pk, speech=speech.pk, point_of_order=is_point_of_order)
    return speech


@action
def withdraw_request(speech: Speech, *, by: Actor) -> Speech:
    """Take a request back: one's own, or whoever runs the meeting strikes one off the list."""
    meeting = lock(speech.item.meeting)
    if by.person_id is None or by.person_id != speech.person_id:
        by = running(by, meeting)
    now = clock.now()
    if not Speech.objects.waiting().filter(pk=speech.pk).update(ended_at=now):
        raise Overtaken(_("已经不在等候发言的名单上。"))
    speech.ended_at = now
    touch(meeting)
    record("withdraw_request", meeting, by=by, item=speech.item_id, speech=speech.pk)
    return speech


@action
def give_floor(speech: Speech, *, by: Actor) -> Speech:
    """Somebody who waits speaks now; whoever was speaking in this meeting has ended."""
    meeting = lock(speech.item.meeting)
    by = running(by, meeting)
    _require_discussed(meeting, speech.item)
    if not speech.is_point_of_order and speech.item.ballots.going_on().exists():
        raise Refused(_("正在表决，现在不发言。程序问题可以提。"))
    now = clock.now()
    Speech.objects.going_on().filter(item__meeting=meeting).update(ended_at=now)
    if not Speech.objects.waiting().filter(pk=speech.pk).update(began_at=now):
        raise Overtaken(_("已经不在等候发言的名单上。"))
    speech.began_at = now
    touch(meeting)
    record("give_floor", meeting, by=by, item=speech.item_id, speech=speech.pk, person=speech.person_id)
    return speech


@action
def end_speech(speech: Speech, *, by: Actor, gist: str = "") -> Speech:
    """A speech is over: by whoever runs the meeting, who may note its gist at once, or by the speaker."""
    meeting = lock(speech.item.meeting)
    if by.person_id is None or by.person_id != speech.person_id or (gist.strip() and not runs(by, meeting)):
        by = running(by, meeting)
    changes: dict[str, object] = {"ended_at": clock.now()}
    if gist.strip():
        changes["gist"] = _line(gist)
    if not Speech.objects.going_on().filter(pk=speech.pk).update(**changes):
        raise Overtaken(_("这次发言已经结束。"))
    speech.refresh_from_db()
    touch(meeting)
    record("end_speech", meeting, by=by, item=speech.item_id, speech=speech.pk)
    return speech


@action
def note_gist(speech: Speech, *, by: Actor, gist: str) -> Speech:
    """Write or better the line about a speech that began, while the meeting sits."""
    meeting = lock(speech.item.meeting)
    by = running(by, meeting)
    if meeting.state != Meeting.State.OPEN:
        raise Refused(_("会议没有在进行，发言摘要不能再改。"))
    line = _line(gist)
    if not Speech.objects.held().filter(pk=speech.pk).update(gist=line):
        raise Refused(_("还没有发言，不能记摘要。"))
    speech.gist = line
    touch(meeting)
    record("note_gist", meeting, by=by, item=speech.item_id, speech=speech.pk)
    return speech


@action
def note_speech(item: AgendaItem, *, by: Actor, gist: str, person: Person | None = None) -> Speech:
    """Note in one line what somebody said on an item under discussion, without the speaking list."""
    meeting = lock(item.meeting)
    by = running(by, meeting)
    item.motion.refresh_from_db(fields=["state"])
    if item.motion.state != Motion.State.DISCUSSING:
        raise Refused(_("这个议题不在讨论中，不能记发言。"))
    speech = Speech.objects.create(item=item, person=person, gist=_line(gist), said_at=clock.now())
    touch(meeting)
    record("speak", item.motion, by=by)
    return speech


def stop_speaking(
    meeting: Meeting,
    *,
    item: AgendaItem | None = None,
    person: Person | None = None,
    but_points_of_order: bool = False,
) -> None:
    """Whoever speaks has ended and whoever waits is off the list: of the meeting, of one item, or of one person.

    For what ends the talking: a vote (points of order go on waiting), the end of an item or of the meeting, somebody's
    leaving. Inside an action.
    """
    speeches = Speech.objects.filter(item__meeting=meeting).filter(Q(began_at__isnull=False) | Q(gist=""))
    if item is not None:
        speeches = speeches.filter(item=item)
    if person is not None:
        speeches = speeches.filter(person=person)
    if but_points_of_order:
        speeches = speeches.filter(Q(is_point_of_order=False) | Q(began_at__isnull=False))
    speeches.filter(ended_at=None).update(ended_at=clock.now())


def time_limit(speech: Speech, rule: DecisionRule) -> datetime | None:
    """When a speech that began should be over; None where it has not begun or the rule sets no minutes. Asks no rows."""
    if speech.began_at is None or not rule.speech_minutes:
        return None
    return speech.began_at + timedelta(minutes=rule.speech_minutes)


def seconds_spoken(speeches: Iterable[Speech], at: datetime) -> dict[int, int]:
    """{person: whole seconds spoken until `at`}, in the order in which they first spoke. Asks no rows."""
    spoken: dict[int, int] = {}
    for speech in sorted((s for s in speeches if s.began_at and s.person_id), key=lambda s: (s.began_at, s.pk)):
        assert speech.began_at is not None
        assert speech.person_id is not None
        until = speech.ended_at or max(at, speech.began_at)
        spoken[speech.person_id] = spoken.get(speech.person_id, 0) + int((until - speech.began_at).total_seconds())
    return spoken


def _require_discussed(meeting: Meeting, item: AgendaItem) -> None:
    if meeting.state != Meeting.State.OPEN:
        raise Refused(_("会议没有在进行，不能发言。"))
    if not AgendaItem.objects.filter(pk=item.pk, closed_at=None, motion__state=Motion.State.DISCUSSING).exists():
        raise Refused(_("这个议题不在讨论中，不能发言。"))


def _line(gist: str) -> str:
    line = " ".join(gist.split())
    if not line:
        raise Refused(_("请写一句发言摘要。"), field="gist")
    if len(line) > 200:
        raise Refused(_("发言摘要最多200字，请写短一点。"), field="gist")
    if has_personal_number(line):
        raise Refused(_("摘要里有手机号或身份证号，请删去再记。"), field="gist")
    return line
