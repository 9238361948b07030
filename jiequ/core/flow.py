"""Flow: a table of named moves, and the one way to make a move.

    MOTION = Flow(
        Move("recommend", {"collected"}, "recommended", may="council.recommend_motion", label=_("建议受理")),
        …
    )
    MOTION.make(motion, "recommend", by=account, set={"recommended_at": now}, reason="…")

`make` checks the permission, changes the row by compare-and-set, and writes the journal. The page's buttons, the page of
who may do what, and the diagram in docs/workflows.md are read from the same table. Lateness is never a state: it is computed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused, require


@dataclass(frozen=True)
class Move:
    """One line of the table. `by_machine` moves follow from another act and have no button."""

    name: str
    sources: frozenset[str]
    target: str
    may: str
    label: Any
    by_machine: bool = False

    def __init__(
        self, name: str, sources: Iterable[str], target: str, *, may: str, label: Any, by_machine: bool = False
    ) -> None:
        for key, value in {
            "name": name,
            "sources": frozenset(sources),
            "target": target,
            "may": may,
            "label": label,
            "by_machine": by_machine,
        }.items():
            object.__setattr__(self, key, value)


class Flow:
    """The moves of one kind of row, whose state stands in `field`."""

    register: dict[str, Flow] = {}

    def __init__(self, kind: str, *moves: Move, states: type[models.TextChoices], field: str = "state") -> None:
        self.kind, self.field, self.states = kind, field, states
        self.moves = {m.name: m for m in moves}
        unknown = {s for m in moves for s in (*m.sources, m.target)} - set(states.values)
        if unknown or len(self.moves) != len(moves):
            raise ValueError(f"{kind}: unknown states {unknown} or a move named twice")
        Flow.register[kind] = self

    def offered(self, row: models.Model, by: Actor) -> list[Move]:
        """The moves that `by` could make on `row` now: the buttons of its page."""
        state = getattr(row, self.field)
        unit = row.unit  # type: ignore[attr-defined]
        return [m for m in self.moves.values() if state in m.sources and not m.by_machine and by.may(m.may, unit)]

    def make(self, row: Any, name: str, *, by: Actor, set: dict[str, Any] | None = None, **facts: Any) -> None:
        """Make the move `name` on `row`, or raise.

        NotAllowed without the permission; Refused where the move does not start from the row's state; Overtaken where
        another writer was first. `set` are fields changed together with the state; `facts` go into the journal and must
        hold nothing personal. `row` is changed in memory as well.
        """
        move = self.moves[name]
        require(by, move.may, row.unit)
        state = getattr(row, self.field)
        if state not in move.sources:
            raise Refused(
                _("现在是“%(state)s”，不能“%(move)s”。请刷新页面看看最新情况。")
                % {"state": self.states(state).label, "move": move.label}
            )
        changes = {**(set or {}), self.field: move.target}
        changed = type(row)._base_manager.filter(pk=row.pk, **{self.field: state}).update(**changes)
        if not changed:
            raise Overtaken(_("刚刚已有人办过这一步。没有重复办理，请刷新页面看看最新情况。"))
        for key, value in changes.items():
            setattr(row, key, value)
        record(name, row, by=by, **facts)


_ACTS: dict[str, dict[str, Any]] = {}


def name_acts(kind: str, **labels: Any) -> None:
    """Say what the acts on a kind of thing are called that are not moves of its Flow: name_acts("work.task", claim=_("认领"))."""
    _ACTS.setdefault(kind, {}).update(labels)


def act_label(kind: str, verb: str) -> Any:
    """What an entry of the journal says was done, as a verb: 受理. The code itself where nobody has named it."""
    flow = Flow.register.get(kind)
    if flow is not None and verb in flow.moves:
        return flow.moves[verb].label
    return _ACTS.get(kind, {}).get(verb, verb)


def acts_of(kind: str) -> set[str]:
    """The acts on a kind of thing that have words: the moves of its Flow, and what was named beside."""
    flow = Flow.register.get(kind)
    return {*(flow.moves if flow is not None else ()), *_ACTS.get(kind, {})}


def named_kinds() -> list[str]:
    """The kinds of things whose entries can be told in words."""
    return sorted({*Flow.register, *_ACTS})
