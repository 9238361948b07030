"""What I can do with a case now: one button to press, a few beside it, the rest in a menu."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from jiequ.cases.actions.acting import Answering, acting, handles, leads, may_answer
from jiequ.cases.actions.handling import ABOVE
from jiequ.cases.models import Case, Handler, works_for
from jiequ.cases.views.history import History
from jiequ.cases.views.moves import MOVES, label_of, may_of, states_of
from jiequ.cases.workflow import ONWARD

S = Case.State
#: The steps that stand beside the primary button, by state; the others are in the menu.
BESIDE: dict[str, tuple[str, ...]] = {
    S.SUBMITTED: ("accept", "fix_on_spot", "merge", "decline"),
    S.ACCEPTED: ("dispatch", "fix_on_spot", "merge"),
    S.DISPATCHED: ("object", "contact", "redispatch"),
    S.OBJECTED: ("reassign",),
    S.WORKING: ("decide_time", "contact", "tell", "escalate", "ask_time", "resume"),
    S.ESCALATED: ("decide_time", "tell", "resume"),
    S.RAISED: ("reply", "tell"),
}
AT_MOST = 3  # beside


@dataclass(frozen=True)
class Button:
    """A link to a step's page or, with `data`, a form that makes the step at once."""

    name: str
    label: Any
    url: str
    icon: str = ""
    at_once: bool = False
    data: tuple[tuple[str, Any], ...] = ()


@dataclass
class Offer:
    """The buttons of a case's page."""

    primary: Button | None = None
    beside: list[Button] = field(default_factory=list)
    more: list[Button] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.primary or self.beside or self.more)


class Offering:
    """What one account may do with one case; nothing is asked of the database that the page has not read."""

    def __init__(self, case: Case, account: Any, history: History) -> None:
        self.case, self.account, self.history = case, account, history
        self.who = acting(account, case)
        self.is_mine = leads(account, case)
        self.allowed = [name for name in MOVES if self._allows(name)]

    def _allows(self, name: str) -> bool:
        who: Any = self.who
        called = self.history.open_whistle
        if name == "answer_whistle" and called and called.handler in works_for(self.account):
            who = Answering(self.account, self.case)
        if self.case.state not in states_of(name) or not who.may(may_of(name), self.case.unit):
            return False
        fits = getattr(self, f"_fits_{name.replace('-', '_')}", None)
        return fits is None or fits()

    def _fits_accept(self) -> bool:
        return not self.case.triage and not self.case.category.channel

    def _fits_object(self) -> bool:
        return self.is_mine and not self.case.ruling_is_final

    def _fits_uphold(self) -> bool:
        last = self.history.dispatches[-1] if self.history.dispatches else None
        return last is None or self.account.person_id not in (last.who_id, last.who2_id)

    _fits_reassign = _fits_uphold

    def _fits_escalate(self) -> bool:
        return self.case.level in ABOVE

    def _fits_help(self) -> bool:
        return self.case.lead_id is not None

    def _fits_finish_help(self) -> bool:
        return any(h.at2 is None for h in self.history.helpers)

    def _fits_ask_time(self) -> bool:
        return self.history.asked_time is None and self.case.paused_at is None

    def _fits_decide_time(self) -> bool:
        asked = self.history.asked_time
        return asked is not None and asked.who_id != self.account.person_id

    def _fits_adopt(self) -> bool:
        return self.case.parent_id is None

    def _fits_release(self) -> bool:
        return self.case.parent_id is not None

    def _fits_resume(self) -> bool:
        return self.case.paused_at is not None

    def _fits_answer_whistle(self) -> bool:
        called = self.history.open_whistle
        if called is None or called.handler in works_for(self.account):
            return called is not None
        return may_answer(self.account, self.case, ABOVE[Handler.Level(called.code)])

    def _fits_call_back(self) -> bool:
        return not handles(self.account, self.case)

    def offer(self) -> Offer:
        primary = self._primary()
        taken = {primary.name} if primary and not primary.data else set()
        names = [n for n in BESIDE.get(S(self.case.state), ()) if n in self.allowed and n not in taken]
        if self.case.responded_at is not None and "contact" in names:
            names.remove("contact")  # it counts once
        if not self.is_mine and self.case.state in (S.DISPATCHED, S.WORKING):
            names.sort(key=lambda n: n not in ("redispatch", "decide_time"))
        beside = [self._link(name) for name in names[:AT_MOST]]
        beside += self._onward()
        shown = {b.name for b in beside} | taken
        more = [self._link(name) for name in self.allowed if name not in shown]
        return Offer(primary, beside, more)

    def _primary(self) -> Button | None:
        case, allowed = self.case, self.allowed
        if case.state == S.SUBMITTED:
            if case.triage:
                return self._first("place")
            if case.category.channel:
                return self._first("refer")
            return self._to_proposed("accept", _("受理并分拨给%(lead)s")) or self._first("accept")
        if case.state == S.ACCEPTED:
            return self._to_proposed("dispatch", _("分拨给%(lead)s")) or self._first("dispatch")
        if case.state == S.DISPATCHED and self.is_mine and "acknowledge" in allowed:
            return Button("acknowledge", label_of("acknowledge"), self._url("acknowledge"), "check", at_once=True)
        if case.state == S.OBJECTED:
            return self._first("uphold")
        if case.state == S.WORKING:
            return self._first("reply") if self.is_mine else self._first("decide_time")
        if case.state == S.ESCALATED:
            return self._first("answer_whistle")
        if case.state == S.RAISED and self.is_mine:
            return self._first("take_back")
        return self._first("call_back") if case.state == S.REPLIED else None

    def _first(self, name: str) -> Button | None:
        return self._link(name) if name in self.allowed else None

    def _to_proposed(self, name: str, words: str) -> Button | None:
        lead = self.case.proposed
        if lead is None or name not in self.allowed:
            return None
        return Button(name, words % {"lead": lead.name}, self._url(name), "check", True, (("lead", lead.pk),))

    def _link(self, name: str) -> Button:
        label, icon = label_of(name), MOVES[name].icon
        if name in ("accept", "dispatch") and self.case.proposed is not None:
            label, icon = _("换单位"), MOVES["dispatch"].icon
        return Button(name, label, self._url(name), icon)

    def _url(self, name: str) -> str:
        return reverse("case-move", args=[self.case.pk, name])

    def _onward(self) -> list[Button]:
        if self.case.is_against_somebody:
            return []
        ways = [way for way in ONWARD.values() if way.offered(self.case, self.account)]
        return [Button(way.key, way.label, way.address(self.case), way.icon) for way in ways]
