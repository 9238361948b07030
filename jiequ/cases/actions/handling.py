"""Working on a case: first contact, words to the complainant, on the spot, the whistle, the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from jiequ.cases.actions.acting import acting
from jiequ.cases.actions.dispatching import open_handling
from jiequ.cases.actions.photos import keep_photos
from jiequ.cases.actions.taking import end_tasks
from jiequ.cases.actions.telling import tell_handler, tell_person, tell_post
from jiequ.cases.models import Case, CaseCategory, CaseMessage, Handler, SpotFix, Whistle
from jiequ.cases.routing import on_duty
from jiequ.cases.workflow import CASE, OPEN
from jiequ.core import clock, workdays
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.personal import has_personal_number
from jiequ.core.pictures import Picture
from jiequ.core.writing import action, lock
from jiequ.people.models import Person
from jiequ.territory.models import Unit
from jiequ.work.actions import drop_tasks_about, finish_tasks_about, open_task

#: Which level the whistle reaches from each.
ABOVE = {
    Handler.Level.BLOCK: Handler.Level.COMMUNITY,
    Handler.Level.COMMUNITY: Handler.Level.SUBDISTRICT,
    Handler.Level.SUBDISTRICT: Handler.Level.DEPARTMENT,
}
#: Who answers it there, and the depth of the unit.
ANSWERS = {Handler.Level.COMMUNITY: ("chief", 2), Handler.Level.SUBDISTRICT: ("office", 1)}


@action
def contact_complainant(case: Case, *, by: Actor, note: str = "") -> Case:
    """Note that the complainant was spoken with: the first time makes the case responded. A note is kept among ourselves."""
    require(acting(by, case), "cases.handle_case", case.unit)
    _require_open(case)
    case = lock(case)
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
    require(acting(by, case), "cases.handle_case", case.unit)
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
        require(by, "cases.accept_case", case.unit)
    message = say(case, CaseMessage.Kind.NOTE, text, by=by)
    record("note", case, by=by)
    return message


@action
def reply_case(
    case: Case, *, by: Actor, text: str, outcome: str = Case.Outcome.SOLVED, photos: Sequence[Picture] = ()
) -> Case:
    """Answer and close: what was done (`outcome` solved), or why it cannot be (answered). It is solved when confirmed."""
    if not text.strip():
        raise Refused(_("请写一句办理结果，诉求人会看到。"), field="text")
    if outcome not in Case.Outcome.values:
        raise Refused(_("请选“已解决”或“已答复说明”。"), field="outcome")
    now = clock.now()
    changes = {
        "closed_at": now,
        "ended_at": now,
        "responded_at": case.responded_at or now,
        "outcome": outcome,
        **_resumed(case),
    }
    CASE.make(case, "reply", by=acting(by, case), set=changes, outcome=outcome, on_time=now <= case.due_at)
    message = say(case, CaseMessage.Kind.REPLY, text, by=by)
    keep_photos(case, photos, by=by, message=message)
    finish_tasks_about(case, "cases.handle", by=by)
    drop_tasks_about(case, "cases.assist", by=by, note=_("诉求已办结"))
    drop_tasks_about(case, "cases.grant_time", by=by, note=_("诉求已办结"))
    ask_to_call_back(case, by=by)
    return case


@action
def fix_on_spot(case: Case, *, by: Actor, what: str) -> Case:
    """Put right at once, in one line; counted apart from the cases that were solved."""
    if not what.strip():
        raise Refused(_("请用一句话写办了什么。"), field="what")
    now = clock.now()
    changes = {
        "accepted_at": case.accepted_at or now,
        "responded_at": case.responded_at or now,
        "closed_at": now,
        "ended_at": now,
        "outcome": Case.Outcome.SOLVED,
        "was_on_the_spot": True,
        "triage": "",
        **_resumed(case),
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
        person_id = on_duty(whistle.to, clock.today(), besides=case.complained_of_id)
        open_task(
            "cases.answer_whistle", case.task_title, unit=whistle.to.unit, about=case, role=whistle.to.role,
            holder=Person(pk=person_id) if person_id else None, due_at=due_at, by=by,
        )  # fmt: skip
        tell_handler(case, _("吹哨：%(what)s"), whistle.to, by=by)
    else:
        role, depth = ANSWERS[level]
        unit = Unit.objects.get(path=case.unit.path_at(depth))
        open_task("cases.answer_whistle", case.task_title, unit=unit, about=case, role=role, due_at=due_at, by=by)
        tell_post(case, _("吹哨：%(what)s"), unit=unit, role=role, by=by)
    return whistle


@action
def answer_whistle(case: Case, *, by: Actor, answer: str, take_over: Handler | None = None) -> Whistle:
    """Answer the whistle: help and hand it back, or let a handler of one's own level take the case over."""
    if not answer.strip():
        raise Refused(_("请写明怎么支持。"), field="answer")
    whistle = Whistle.objects.filter(case=case, answered_at=None).select_related("to").first()
    if whistle is None:
        raise Overtaken(_("这次吹哨已经回应过了。"))
    who: Actor = by
    if whistle.to is not None and by.person_id is not None:
        who = _AnsweringFor(by, case) if whistle.to.members.filter(person=by.person_id).exists() else by
    changes: dict[str, Any] = {}
    if take_over is not None:
        changes = {
            "lead": take_over,
            "level": take_over.level,
            "holder_id": on_duty(take_over, clock.today(), besides=case.complained_of_id),
        }
    CASE.make(case, "answer_whistle", by=who, set=changes, took_over=take_over is not None)
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


class _AnsweringFor:
    """`by` as one of the department that was called."""

    def __init__(self, by: Actor, case: Case) -> None:
        self.by, self.unit_id, self.person_id = by, case.unit_id, by.person_id

    def may(self, permission: str, unit: Any) -> bool:
        return (permission == "cases.answer_whistle" and unit.pk == self.unit_id) or self.by.may(permission, unit)


@action
def take_back_case(case: Case, *, by: Actor, note: str = "") -> Case:
    """Work on a case again that had become a motion."""
    CASE.make(case, "take_back", by=acting(by, case))
    if note.strip():
        say(case, CaseMessage.Kind.NOTE, note, by=by)
    return case


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
    desk = case.block or case.unit
    role = {1: "office", 2: "chief", 3: "head"}[min(desk.depth, 3)]
    if case.lead is not None and case.lead.role == role and case.lead.unit_id == desk.pk and desk.depth > 1:
        above = Unit.objects.get(path=desk.path[: -desk.steplen])  # the handler does not ask about its own work
        desk, role = above, {1: "office", 2: "chief"}[above.depth]
    due_at = workdays.due(clock.now(), workdays=case.limit.callback_workdays)
    open_task("cases.call_back", case.task_title, unit=desk, about=case, role=role, due_at=due_at, by=by)


def _resumed(case: Case) -> dict[str, Any]:
    """What ends a pause that is still running: an answered case has no clock to stop."""
    return {"paused_at": None} if case.paused_at else {}


def _require_open(case: Case) -> None:
    if case.state not in OPEN:
        raise Refused(_("这件诉求已经办结。要接着办，请先重办。"))
