"""Taking a case in: placing it, accepting, declining, referring, merging."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from jiequ.cases.actions.acting import allow, hold, require_handled_here
from jiequ.cases.actions.dispatching import dispatch_case
from jiequ.cases.actions.filing import ask_to_take_in, searchable
from jiequ.cases.actions.mailing import mail_complainants
from jiequ.cases.actions.timing import end_clock
from jiequ.cases.models import Case, CaseCategory, Complainant, Handler, Kind
from jiequ.cases.routing import handler_for, place_of_unit
from jiequ.cases.workflow import CASE, OPEN
from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused
from jiequ.core.writing import action, lock
from jiequ.territory.models import Unit
from jiequ.work.actions import drop_tasks_about, finish_tasks_about


@action
def place_case(case: Case, unit: Unit, *, by: Actor) -> Case:
    """Say where a case lies that the machine could not place, or placed wrongly; its clock goes on. Refused once it is given out."""
    allow(by, "cases.accept_case", case)
    case = lock(case)
    if case.state not in (Case.State.SUBMITTED, Case.State.ACCEPTED):
        raise Refused(_("已经分拨的诉求不能改地点；请改派给合适的单位。"))
    routed = place_of_unit(unit)
    if routed.triage:
        raise Refused(_("请选到具体的街区、网格或楼栋。"), field="unit")
    if unit.path_at(1) != case.unit.path_at(1):
        raise Refused(_("请选本街道的地点。"), field="unit")
    changes: dict[str, Any] = {
        "unit": routed.unit,
        "block": routed.block,
        "building": routed.building,
        "triage": "",
        "proposed_id": handler_for(routed.unit, case.category, clock.today()),
    }
    if not Case.objects.filter(pk=case.pk, state=case.state, unit=case.unit_id).update(**changes):
        raise Overtaken(_("刚刚已有人办过这一步。没有重复办理，请刷新页面看看最新情况。"))
    for key, value in changes.items():
        setattr(case, key, value)
    drop_tasks_about(case, "cases.accept", by=by, note=_("已定位到%(unit)s") % {"unit": routed.desk.name})
    ask_to_take_in(case, routed, by)
    record("place", case, by=by, unit_code=routed.unit.code)
    return case


@action
def classify_case(case: Case, *, by: Actor, category: CaseCategory, kind: str, title: str) -> Case:
    """Correct category, kind and title. The clock stays as it was: an edit never resets it."""
    allow(by, "cases.accept_case", case)
    case = lock(case)
    if kind not in Kind.values:
        raise Refused(_("请选种类。"), field="kind")
    if case.state not in OPEN:
        raise Refused(_("这件诉求已经办结，不能再改。"))
    title = " ".join(title.split())[:60]
    if not title:
        raise Refused(_("请写一个标题。"), field="title")
    case.category, case.kind, case.title = category, kind, title
    case.search_text = searchable(case)
    proposed = handler_for(case.unit, category, clock.today()) if case.lead_id is None else case.proposed_id
    Case.objects.filter(pk=case.pk).update(
        category=category, kind=kind, title=title, search_text=case.search_text, proposed_id=proposed
    )
    case.proposed_id = proposed
    record("classify", case, by=by, category=category.code, kind=kind)
    return case


@action
def accept_case(case: Case, *, by: Actor, lead: Handler | None = None, note: str = "") -> Case:
    """Take a case in; with `lead`, dispatch it in the same move. Who accepts first leads until then (首接负责)."""
    if case.triage:
        raise Refused(_("这件诉求还没有定位，请先选好地点。"))
    require_handled_here(case)
    CASE.make(case, "accept", by=by, set={"accepted_at": clock.now(), "holder_id": by.person_id})
    if lead is not None:
        dispatch_case(case, lead=lead, by=by, note=note)
    else:
        mail_complainants(case, "accept")
    return case


@action
def decline_case(case: Case, *, by: Actor, reason: str, channel: str = "") -> Case:
    """Do not take it in, and say why and where it belongs: the complainant reads both."""
    if not reason.strip():
        raise Refused(_("请写明理由，诉求人会看到。"), field="reason")
    changes = {"reason": reason.strip()[:300], "channel": channel.strip()[:120], "ended_at": clock.now()}
    CASE.make(case, "decline", by=by, set=changes)
    finish_tasks_about(case, "cases.accept", by=by)
    end_tasks(case, by=by, note=_("不予受理"))
    mail_complainants(case, "decline")
    return case


@action
def refer_case(case: Case, *, by: Actor, channel: str, reason: str = "") -> Case:
    """Petitions (信访), lawsuits and what another body alone may decide: told where to go, never handled here."""
    if not channel.strip():
        raise Refused(_("请写明该去的渠道。"), field="channel")
    changes = {"reason": reason.strip()[:300], "channel": channel.strip()[:120], "ended_at": clock.now()}
    CASE.make(case, "refer", by=by, set=changes)
    finish_tasks_about(case, "cases.accept", by=by)
    end_tasks(case, by=by, note=_("已转介"))
    mail_complainants(case, "refer")
    return case


@action
def merge_case(case: Case, *, into: Case, by: Actor, reason: str = "") -> Case:
    """Make it part of another open case of the same community: its complainants go with it and nobody loses the thread.

    Refused where the two complain of different people (one would read the other's complainants), and for a case that others
    hang on. Both are held in the order of their numbers, so that two that merge into each other do not wait for ever.
    """
    for key in sorted({case.pk, into.pk}):
        if key == case.pk:
            hold(case)
        else:
            into = lock(into)
    if into.pk == case.pk or into.state not in OPEN:
        raise Refused(_("请选另一件还在办的诉求。"), field="into")
    if into.unit.path_at(2) != case.unit.path_at(2):
        raise Refused(_("只能并入同一社区的诉求。"), field="into")
    allow(by, "cases.accept_case", into)
    if (case.complained_of_id, case.complained_handler_id) != (into.complained_of_id, into.complained_handler_id):
        raise Refused(_("两件诉求投诉的对象不同，不能并在一起。"), field="into")
    if case.children.filter(ended_at=None).exists():
        raise Refused(_("这件诉求下面还挂着同一起因的别的诉求，请先移出。"), field="into")
    changes = {"merged_into": into, "reason": reason.strip()[:300], "ended_at": clock.now(), **end_clock(case, by=by)}
    CASE.make(case, "merge", by=by, set=changes, into=into.number)
    Complainant.objects.filter(case=case, came_with=None).update(came_with=case)
    Complainant.objects.filter(case=case).update(case=into)
    end_tasks(case, by=by, note=_("并入%(number)s") % {"number": into.number})
    record("join", into, by=by, came_from=case.number)
    return case


def end_tasks(case: Case, *, by: Actor, note: str) -> None:
    """Take back whatever is still to do about a case that has ended otherwise."""
    drop_tasks_about(
        case, "cases.accept", "cases.acknowledge", "cases.handle", "cases.rule", "cases.assist", "cases.answer_whistle",
        "cases.grant_time", by=by, note=note,
    )  # fmt: skip
