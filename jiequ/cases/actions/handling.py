"""Working on a case: first contact, words to the complainant, on the spot, the whistle, the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from jiequ.cases.actions.acting import (
    LEADING,
    REACHES,
    Answering,
    Handling,
    acting,
    allow,
    hold,
    may_answer,
    require_handled_here,
)
from jiequ.cases.actions.dispatching import check_lead, open_handling, who_takes
from jiequ.cases.actions.mailing import mail_complainants
from jiequ.cases.actions.photos import keep_photos
from jiequ.cases.actions.taking import end_tasks
from jiequ.cases.actions.telling import tell_handler, tell_person, tell_persons
from jiequ.cases.actions.timing import end_clock
from jiequ.cases.models import (
    Case,
    CaseCategory,
    CaseMessage,
    Handler,
    SpotFix,
    Whistle,
    complains_of,
    kept_from,
    people_of,
    works_for,
)
from jiequ.cases.routing import DESKS, desk_for
from jiequ.cases.workflow import CASE, OPEN, keep_away
from jiequ.core import clock, workdays
from jiequ.core.journal import record
from jiequ.core.permission import Actor, NotAllowed, Overtaken, Refused, require
from jiequ.core.personal import has_personal_number
from jiequ.core.pictures import Picture
from jiequ.core.writing import action
from jiequ.people.models import Person
from jiequ.territory.models import Unit
from jiequ.work.actions import drop_tasks_about, finish_tasks_about, open_task
from jiequ.work.models import Task

#: Which level the whistle reaches from each.
ABOVE = {
    Handler.Level.BLOCK: Handler.Level.COMMUNITY,
    Handler.Level.COMMUNITY: Handler.Level.SUBDISTRICT,
    Handler.Level.SUBDISTRICT: Handler.Level.DEPARTMENT,
}


@action
def contact_complainant(case: Case, *, by: Actor, note: str = "") -> Case:
    """Note that the complainant was spoken with: the first time makes the case responded. A note is kept among ourselves."""
    allow(by, "cases.handle_case", case)
    hold(case)
    _require_open(case)
    first = case.responded_at is None
    if first:
        Case.objects.filter(pk=case.pk).update(responded_at=clock.now())
        case.responded_at = clock.now()
    if note.strip():
        say(case, CaseMessage.Kind.NOTE, note, by=by)
    record("contact", case, by=by, first=first)
    return case


@action
def tell_complainant(case: Case, *, by: Actor, text: str, photos: Sequence[Picture] = ()) -> CaseMessage:
    """Words that the complainant reads behind the secret link. They too are a response."""
    allow(by, "cases.handle_case", case)
    hold(case)
    _require_open(case)
    message = say(case, CaseMessage.Kind.TO_RESIDENT, text, by=by)
    keep_photos(case, photos, by=by, message=message)
    Case.objects.filter(pk=case.pk, responded_at=None).update(responded_at=clock.now())
    case.responded_at = case.responded_at or clock.now()
    record("tell", case, by=by)
    return message


@action
def write_note(case: Case, *, by: Actor, text: str) -> CaseMessage:
    """A note among those who handle the case; the complainant never reads it."""
    if not acting(by, case).may("cases.handle_case", case.unit):
        allow(by, "cases.accept_case", case)
    message = say(case, CaseMessage.Kind.NOTE, text, by=by)
    record("note", case, by=by)
    return message


@action
def reply_case(
    case: Case,
    *,
    by: Actor,
    text: str,
    outcome: str = Case.Outcome.SOLVED,
    photos: Sequence[Picture] = (),
    children: bool = False,
) -> Case:
    """Answer and close: what was done (`outcome` solved), or why it cannot be (answered). It is solved when confirmed.

    With `children` the open cases of the same cause that hang under it are answered in the same words: each with a message and
    a rating of its own. Those that are objected to or escalated stay as they are.
    """
    if not text.strip():
        raise Refused(_("请写一句办理结果，诉求人会看到。"), field="text")
    if outcome not in Case.Outcome.values:
        raise Refused(_("请选“已解决”或“已答复说明”。"), field="outcome")
    hold(case)
    now = clock.now()
    ended = end_clock(case, by=by)
    changes = {
        "closed_at": now,
        "ended_at": now,
        "responded_at": case.responded_at or now,
        "outcome": outcome,
        **ended,
    }
    on_time = now <= ended.get("due_at", case.due_at)
    CASE.make(case, "reply", by=acting(by, case), set=changes, outcome=outcome, on_time=on_time)
    message = say(case, CaseMessage.Kind.REPLY, text, by=by)
    keep_photos(case, photos, by=by, message=message)
    _close_tasks(case, by)
    if children:
        _answer_children(case, by=by, text=text, outcome=outcome)
    return case


def _answer_children(parent: Case, *, by: Actor, text: str, outcome: str) -> None:
    found = Case.objects.open().filter(parent=parent, state__in=CASE.moves["answer_with"].sources)
    for child in found.select_related("unit", "block", "category", "limit", "lead__unit").order_by("pk"):
        hold(child)
        if complains_of(child, by):
            continue
        now = clock.now()
        ended = end_clock(child, by=by)
        changes = {
            "accepted_at": child.accepted_at or now, "responded_at": child.responded_at or now, "closed_at": now,
            "ended_at": now, "outcome": outcome, "triage": "", "holder_id": child.holder_id or by.person_id, **ended,
        }  # fmt: skip
        on_time = now <= ended.get("due_at", child.due_at)
        facts = {"parent": parent.number, "outcome": outcome, "on_time": on_time}
        # Who answers the parent answers what hangs under it: whoever hung it there could give out both.
        CASE.make(child, "answer_with", by=Handling(by, child, LEADING), set=changes, **facts)
        say(child, CaseMessage.Kind.REPLY, text, by=by)
        finish_tasks_about(child, "cases.accept", by=by)
        finish_tasks_about(child, "cases.acknowledge", by=by)
        _close_tasks(child, by)


def _close_tasks(case: Case, by: Actor) -> None:
    """What ends with an answer, and what begins."""
    finish_tasks_about(case, "cases.handle", by=by)
    drop_tasks_about(case, "cases.assist", by=by, note=_("诉求已办结"))
    ask_to_call_back(case, by=by)
    mail_complainants(case, "reply")


@action
def fix_on_spot(case: Case, *, by: Actor, what: str) -> Case:
    """Put right at once, in one line; counted apart from the cases that were solved."""
    if not what.strip():
        raise Refused(_("请用一句话写办了什么。"), field="what")
    hold(case)
    require_handled_here(case)
    if case.reopened:
        raise Refused(_("这件诉求重办过，请写明办理结果再答复。"))
    now = clock.now()
    changes = {
        "accepted_at": case.accepted_at or now,
        "responded_at": case.responded_at or now,
        "closed_at": now,
        "ended_at": now,
        "outcome": Case.Outcome.SOLVED,
        "was_on_the_spot": True,
        "triage": "",
        **end_clock(case, by=by),
    }
    if case.holder_id is None:
        changes["holder_id"] = by.person_id
    CASE.make(case, "fix_on_spot", by=acting(by, case), set=changes)
    say(case, CaseMessage.Kind.REPLY, what, by=by)
    line = what.strip()[:100]
    SpotFix.objects.create(
        unit=case.unit, category=case.category, what=line if not has_personal_number(line) else case.category.name,
        case=case, fixed_at=now, fixed_by_id=by.person_id,
    )  # fmt: skip
    finish_tasks_about(case, "cases.accept", by=by)
    end_tasks(case, by=by, note=_("当场办结"))
    mail_complainants(case, "reply")
    return case


@action
def note_spot_fix(unit: Unit, category: CaseCategory, *, by: Actor, what: str) -> SpotFix:
    """One line about something small that somebody put right in passing, without a case."""
    require(by, "cases.note_spot_fix", unit)
    line = " ".join(what.split())[:100]
    if not line:
        raise Refused(_("请用一句话写办了什么。"), field="what")
    if has_personal_number(line):
        raise Refused(_("这里不写手机号和身份证号。"), field="what")
    fix = SpotFix.objects.create(
        unit=unit, category=category, what=line, fixed_at=clock.now(), fixed_by_id=by.person_id
    )
    record("note", fix, by=by, category=category.code)
    return fix


@action
def escalate_case(case: Case, *, by: Actor, call: str, to: Handler | None = None) -> Whistle:
    """吹哨: ask the next level up, 街区→社区→街道→department; the last step names which department."""
    if not call.strip():
        raise Refused(_("请写明需要上级帮什么。"), field="call")
    hold(case)
    allow(by, "cases.lead_case", case)
    if case.paused_at is not None:
        raise Refused(_("计时暂停着。请先恢复计时，再吹哨。"))
    level = ABOVE.get(Handler.Level(case.level))
    if level is None:
        raise Refused(_("已经在职能部门办理，再往上请用督办。"))
    if level == Handler.Level.DEPARTMENT and (to is None or to.level != Handler.Level.DEPARTMENT):
        raise Refused(_("请选一个职能部门。"), field="to")
    CASE.make(case, "escalate", by=acting(by, case), to_level=str(level), to=to.pk if to else None)
    due_at = workdays.due(clock.now(), workdays=case.limit.whistle_workdays)
    whistle = Whistle.objects.create(
        case=case, from_level=case.level, to_level=level, to=to if level == Handler.Level.DEPARTMENT else None,
        call=call.strip()[:300], called_at=clock.now(), called_by_id=by.person_id, answer_due_at=due_at,
    )  # fmt: skip
    if whistle.to is not None:
        person_id = who_takes(case, whistle.to)
        open_task(
            "cases.answer_whistle", case.task_title, unit=whistle.to.unit, about=case, role=whistle.to.role,
            holder=Person(pk=person_id) if person_id else None, due_at=due_at, by=by,
        )  # fmt: skip
        tell_handler(case, _("吹哨：%(what)s"), whistle.to, by=by)
    else:
        depth = min(REACHES[level], case.unit.depth)
        unit = case.unit if case.unit.depth == depth else Unit.objects.get(path=case.unit.path_at(depth))
        desk = desk_for(unit, besides=kept_from(case))
        open_task(
            "cases.answer_whistle", case.task_title, unit=desk.unit, about=case, role=desk.role,
            holder=Person(pk=desk.holder) if desk.holder is not None else None, due_at=due_at, by=by,
        )  # fmt: skip
        tell_persons(case, _("吹哨：%(what)s"), desk.persons, by=by)
    mail_complainants(case, "escalate")
    return whistle


@action
def answer_whistle(case: Case, *, by: Actor, answer: str, take_over: Handler | None = None) -> Whistle:
    """Answer the whistle: help and hand it back, or let a handler of one's own level take the case over."""
    if not answer.strip():
        raise Refused(_("请写明怎么支持。"), field="answer")
    hold(case)
    whistle = Whistle.objects.filter(case=case, answered_at=None).select_related("to").first()
    if whistle is None:
        raise Overtaken(_("这次吹哨已经回应过了。"))
    who: Actor = by
    if whistle.to is not None and by.person_id is not None:
        who = Answering(by, case) if whistle.to_id in works_for(by) else by
    keep_away(case, by)
    require(who, "cases.answer_whistle", case.unit)
    if who is by and not may_answer(by, case, Handler.Level(whistle.to_level)):
        raise NotAllowed(_("这声哨是吹给上一级的，请上一级来回应。"))
    changes: dict[str, Any] = {}
    facts: dict[str, Any] = {}
    if take_over is not None:
        check_lead(case, take_over)
        if take_over.level != whistle.to_level or (whistle.to_id is not None and take_over.pk != whistle.to_id):
            raise Refused(_("请选被吹哨的这一级自己的承办单位。"), field="take_over")
        changes = {"lead": take_over, "level": take_over.level, "holder_id": who_takes(case, take_over)}
        facts = {"lead": take_over.pk, "lead_name": take_over.name}
    CASE.make(case, "answer_whistle", by=who, set=changes, took_over=take_over is not None, **facts)
    Whistle.objects.filter(pk=whistle.pk).update(
        answered_at=clock.now(), answered_by_id=by.person_id, answer=answer.strip()[:300],
        took_over=take_over is not None,
    )  # fmt: skip
    finish_tasks_about(case, "cases.answer_whistle", by=by)
    if take_over is not None:
        drop_tasks_about(case, "cases.handle", by=by, note=_("由%(lead)s接办") % {"lead": take_over.name})
        open_handling(case, by=by)
        tell_handler(case, _("接办一件诉求：%(what)s"), take_over, by=by)
    else:
        tell_person(case, _("哨声有回应：%(what)s"), case.holder_id, by=by)
    return whistle


@action
def take_back_case(case: Case, *, by: Actor, note: str = "") -> Case:
    """Work on a case again that had become a motion."""
    CASE.make(case, "take_back", by=acting(by, case))
    _require_somebody_works(case, by)
    if note.strip():
        say(case, CaseMessage.Kind.NOTE, note, by=by)
    return case


@action
def raise_case(case: Case, *, by: Actor, **facts: Any) -> Case:
    """It has become something else that an upper house works on (a motion, a wish): `facts` name it by kind and number. The
    case stays to be answered, with its clock and its task; it was accepted by whoever raises it."""
    if case.is_against_somebody:
        raise Refused(_("投诉具体人员或单位的诉求、举报，不能转为议题、心愿或实事：那里的人都看得到。"))
    CASE.make(case, "raise", by=acting(by, case), **facts)
    finish_tasks_about(case, "cases.accept", by=by)
    _require_somebody_works(case, by)
    return case


def _require_somebody_works(case: Case, by: Actor) -> None:
    """The task of working on it, where none is open."""
    if not Task.objects.open().about(case).filter(verb="cases.handle").exists():
        open_handling(case, by=by)


def say(case: Case, kind: str, text: str, *, by: Actor, complainant: Any = None) -> CaseMessage:
    """Keep words about `case`; part of the action that calls it."""
    words = text.strip()[:1000]
    if not words:
        raise Refused(_("请写一句话。"), field="text")
    message = CaseMessage(
        case=case, kind=kind, text=words, said_at=clock.now(), said_by_id=by.person_id, complainant=complainant
    )
    message.save(force_insert=True)
    return message


def ask_to_call_back(case: Case, *, by: Actor) -> None:
    """A task for somebody other than the handler: call the complainants within the limit's working days."""
    if not any(c.phone for c in case.complainants.filter(withdrew_at=None)):
        return
    besides = kept_from(case) | {p for p in (case.holder_id, by.person_id) if p is not None}
    lead = case.lead
    if lead is not None and not (lead.unit.depth == 1 and lead.role in DESKS[1]):
        besides |= people_of(lead)  # the handler does not ask about its own work
    desk = desk_for(case.block or case.unit, besides=besides)
    open_task(
        "cases.call_back", case.task_title, unit=desk.unit, about=case, role=desk.role,
        holder=Person(pk=desk.holder) if desk.holder is not None else None,
        due_at=workdays.due(clock.now(), workdays=case.limit.callback_workdays), by=by,
    )  # fmt: skip


def _require_open(case: Case) -> None:
    if case.state not in OPEN:
        raise Refused(_("这件诉求已经办结。要接着办，请先重办。"))
