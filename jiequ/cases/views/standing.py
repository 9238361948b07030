"""Where a case stands: the five stages, three facts that are never mixed, one sentence, its relatives and what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField, OuterRef, Subquery, Value
from django.utils.translation import gettext as _

from jiequ.cases.models import Case, Handler
from jiequ.cases.views.history import History
from jiequ.cases.workflow import ONWARD
from jiequ.core.flow import act_label
from jiequ.core.models import JournalEntry
from jiequ.core.templatetags.jiequ import due as due_words
from jiequ.core.templatetags.jiequ import in_full, short_day
from jiequ.people.models import Person

S = Case.State
ENTRIES = 60  # of the journal, the newest


@dataclass(frozen=True)
class Step:
    """One of the five stages. `state` is done, now, todo or stopped."""

    label: Any
    state: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fact:
    """Responded, closed or solved: whether, when, and until when."""

    word: str
    is_so: bool
    line: str


@dataclass(frozen=True)
class Relative:
    """Another case that this one has to do with."""

    how: str
    pk: int
    title: str
    number: str
    state: str

    def get_absolute_url(self) -> str:
        return Case(pk=self.pk).get_absolute_url()


@dataclass(frozen=True)
class Entry:
    at: datetime
    who: str
    words: str
    onward: str = ""  # the key of the way out into an upper house that it took


def steps_of(case: Case, history: History) -> list[Step]:
    """The five stages; a case that ended early stopped where it stood."""
    done = case.step
    if case.state in (S.DECLINED, S.REFERRED, S.MERGED, S.WITHDRAWN):
        done = 2 if case.acknowledged_at else 1 if case.accepted_at else 0
    lines = [
        (short_day(case.filed_at), case.get_source_display()),
        _dispatched(case),
        _worked(case),
        _watched(case, history),
        (case.get_score_display(), short_day(case.rated_at)) if case.score else (),
    ]
    steps = []
    for index, (_key, label, _states) in enumerate(Case.STEPS):
        state = "done" if index < done else "todo" if index > done else "stopped" if case.has_ended else "now"
        steps.append(Step(label, state, tuple(filter(None, lines[index])) if state != "todo" else ()))
    return steps


def _dispatched(case: Case) -> tuple[str, ...]:
    if case.dispatched_at is None:
        return (due_words(case.dispatch_due_at),) if not case.ended_at else ()
    return (short_day(case.dispatched_at), case.lead.name if case.lead else "")


def _worked(case: Case) -> tuple[str, ...]:
    if case.closed_at is not None:
        return (_("%(day)s办结") % {"day": short_day(case.closed_at)}, case.get_outcome_display())
    first = case.get_level_display() if case.lead_id else ""
    again = _("第%(n)s次重办") % {"n": case.reopened} if case.reopened else ""
    return (first, again)


def _watched(case: Case, history: History) -> tuple[str, ...]:
    granted = sum(bool(c.flag) for c in history.clock_changes)
    return (
        _("时限变更%(n)s次") % {"n": granted} if granted else "",
        _("重办%(n)s次") % {"n": case.reopened} if case.reopened else "",
    )


def facts_of(case: Case) -> list[Fact]:
    """已响应, 已办结, 已解决: three facts, each with its time or what it waits for."""
    responded = in_full(case.responded_at) if case.responded_at else due_words(case.contact_due_at)
    closed = in_full(case.closed_at) if case.closed_at else due_words(case.due_at)
    if case.solved_at:
        solved = in_full(case.solved_at)
    elif case.outcome == Case.Outcome.ANSWERED:
        solved = _("答复说明，不算解决")
    else:
        solved = _("待诉求人确认")
    if case.ended_at and not case.closed_at:
        closed = solved = case.get_state_display()
        responded = responded if case.responded_at else case.get_state_display()
    return [
        Fact(_("已响应") if case.responded_at else _("未响应"), bool(case.responded_at), responded),
        Fact(_("已办结") if case.closed_at else _("未办结"), bool(case.closed_at), closed),
        Fact(_("已解决") if case.solved_at else _("未解决"), bool(case.solved_at), solved),
    ]


def now_words(case: Case, history: History) -> str:
    """What is happening, and who must act."""
    lead = case.lead.name if case.lead is not None else ""
    whistle = history.open_whistle
    called = (whistle.name or whistle.levels[1]) if whistle else ""
    says = {
        S.SUBMITTED: _("等人定位：%(why)s。") % {"why": case.get_triage_display()} if case.triage else _("等街区受理。"),
        S.ACCEPTED: _("已受理，等分给承办单位。"),
        S.DISPATCHED: _("已分给%(lead)s，等签收。") % {"lead": lead},
        S.OBJECTED: _("%(lead)s对分拨有异议，等上级裁定。") % {"lead": lead},
        S.WORKING: _("%(lead)s正在办理。") % {"lead": lead} if not case.reopened
        else _("诉求人不满意，%(lead)s正在重办。") % {"lead": lead},
        S.ESCALATED: _("%(lead)s已吹哨，等%(called)s回应。") % {"lead": lead, "called": called},
        S.RAISED: _("已转成议题或心愿，等有结果再答复诉求人。"),
        S.REPLIED: _("已答复，等诉求人评价或回访。"),
        S.ARCHIVED: _("已归档。"),
        S.DECLINED: _("不予受理：%(reason)s") % {"reason": case.reason},
        S.REFERRED: _("已转介到%(channel)s。%(reason)s") % {"channel": case.channel, "reason": case.reason},
        S.MERGED: _("已并入另一件，一起办。"),
        S.WITHDRAWN: _("诉求人已撤回。"),
    }  # fmt: skip
    return str(says[S(case.state)])


def relatives_of(case: Case, account: Any) -> list[Relative]:
    """The same cause, merged with it, and open cases of the same place and category; one statement."""
    seen = Case.objects.visible_to(account).exclude(pk=case.pk)
    place = {"building": case.building_id} if case.building_id else {"unit": case.unit_id}
    alike = seen.open().filter(category=case.category_id, **place) if not case.ended_at else seen.none()
    parts = [
        _relatives("parent", seen.filter(pk=case.parent_id)),
        _relatives("into", seen.filter(pk=case.merged_into_id)),
        _relatives("child", seen.filter(parent=case)),
        _relatives("merged", seen.filter(merged_into=case)),
        _relatives("alike", alike),
    ]
    found: dict[int, Relative] = {}
    rows = sorted(parts[0].union(*parts[1:], all=True), key=lambda row: (row[0] == "alike", -row[1]))
    for how, pk, title, filed_on, sequence, state in rows:
        one = Case(pk=pk, filed_on=filed_on, sequence=sequence)
        found.setdefault(pk, Relative(how, pk, title, one.short_number, str(S(state).label)))
    return list(found.values())


def _relatives(how: str, rows: Any) -> Any:
    return rows.order_by().annotate(how=Value(how, output_field=CharField())).values_list(
        "how", "pk", "title", "filed_on", "sequence", "state"
    )  # fmt: skip


def entries_of(case: Case) -> list[Entry]:
    """What the journal has, in words; what came by a public page was a resident. One statement."""
    who = Person.objects.filter(pk=OuterRef("by_id")).values("label")[:1]
    rows = JournalEntry.objects.about(case).annotate(who=Subquery(who))[:ENTRIES]
    return [
        Entry(
            e.at, e.who or (_("居民") if e.by_id is None and e.channel != "tick" else _("系统")), _words(e), _onward(e)
        )
        for e in rows
    ]


def _onward(entry: Any) -> str:
    return next((key for key in ONWARD if key in entry.facts), "") if entry.verb == "raise" else ""


def _words(entry: Any) -> str:
    words, facts = str(act_label(entry.kind, entry.verb)), entry.facts
    if key := _onward(entry):
        return _("%(act)s：%(to)s") % {"act": ONWARD[key].label, "to": facts[key]}
    to = facts.get("lead_name") or facts.get("handler_name") or facts.get("into") or facts.get("came_from")
    if entry.verb == "escalate" and facts.get("to_level") in Handler.Level.values:
        to = Handler.Level(facts["to_level"]).label
    return _("%(act)s：%(to)s") % {"act": words, "to": to} if to else words
