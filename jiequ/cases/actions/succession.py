"""When units are split, merged or moved: open cases go on in the heir that holds their point, and whoever handles what goes
on there. What has ended stays where it happened; a case that is opened again then follows (`where_it_goes_on`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from jiequ.cases.actions.rerouting import BATCH, give_to_desk
from jiequ.cases.models import AnswerTemplate, Case, CaseLimit, Duty, DutyLine, Handler, HandlerMember
from jiequ.cases.routing import place_of_unit
from jiequ.core import clock
from jiequ.core.journal import record_all
from jiequ.territory.actions import Succession, follows
from jiequ.territory.models import DEPTH, Unit


@follows
def cases_follow(successions: Sequence[Succession]) -> None:
    """Handlers, duty lines, limits and templates of the closed units, then their open cases; what grows with the cases is
    two statements for each five hundred."""
    by_old = {s.old.pk: s for s in successions if s.heirs}
    if not by_old:
        return
    copies = _handlers(by_old)
    _duty_lines(by_old, copies)
    _limits(by_old)
    _templates(by_old)
    _cases(by_old, copies)


def where_it_goes_on(case: Case) -> dict[str, Any]:
    """What to change in a case whose unit has closed since it was answered; nothing else. At most three statements."""
    if case.unit.is_valid():
        return {}
    to = place_of_unit(case.building or case.unit)
    return {"unit": to.unit, "block": to.block, "building": to.building}


Copies = dict[tuple[int, int], Handler]  # of a handler's id, in an heir's id


def _handlers(by_old: dict[int, Succession]) -> Copies:
    """The handler itself goes on in the first heir, with its cases and people; every other heir gets one like it."""
    rows = list(Handler.objects.filter(unit__in=by_old).select_related("unit").order_by("pk"))
    heirs = {heir.pk for s in by_old.values() for heir in s.heirs}
    taken = set(Handler.objects.filter(unit__in=heirs).values_list("unit_id", "name"))
    copies: Copies = {}
    new: list[Handler] = []
    for row in rows:
        old, (first, *others) = row.unit, by_old[row.unit_id].heirs
        for heir in others:
            name = _free(row.name, old, heir.pk, taken)
            made = Handler(
                unit=heir, name=name, level=row.level, role=row.role, phone=row.phone, is_active=row.is_active
            )  # fmt: skip
            new.append(made)
            copies[row.pk, heir.pk] = made
        row.name, row.unit = _free(row.name, old, first.pk, taken), first
        copies[row.pk, first.pk] = row
    Handler.objects.bulk_update(rows, ["unit", "name"])
    Handler.objects.bulk_create(new)
    _people(copies)
    if rows:
        by = next(iter(by_old.values())).by
        record_all("succeed", [*rows, *new], by=by)
    return copies


def _free(name: str, old: Unit, heir: int, taken: set[tuple[int, str]]) -> str:
    """`name`, or with its unit's name where two merged units had the same."""
    for found in (name, f"{name[:20]}（{old.name[:17]}）", f"{name[:20]}（{old.pk}）"):
        if (heir, found) not in taken:
            break
    taken.add((heir, found))
    return found


def _people(copies: Copies) -> None:
    """Members and rota of the copies, as they stand today."""
    today = clock.today()
    new = {key: handler for key, handler in copies.items() if handler.pk != key[0]}
    old = {key[0] for key in new}
    members = HandlerMember.objects.in_force(today).filter(handler__in=old)
    duties = Duty.objects.filter(Q(ends_on=None) | Q(ends_on__gt=today), handler__in=old)
    by_handler: dict[int, list[Any]] = {}
    standing: list[Any] = [*members, *duties] if old else []
    for row in standing:
        by_handler.setdefault(row.handler_id, []).append(row)
    made: dict[type, list[Any]] = {HandlerMember: [], Duty: []}
    for (key, _heir), handler in new.items():
        for row in by_handler.get(key, []):
            fields = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if not f.primary_key}
            made[type(row)].append(type(row)(**{**fields, "handler_id": handler.pk}))
    for model, rows in made.items():
        model.objects.bulk_create(rows)  # type: ignore[attr-defined]


def _duty_lines(by_old: dict[int, Succession], copies: Copies) -> None:
    """The lines in force end with the unit and begin anew in every heir; of two merged units the first one's counts."""
    today = clock.today()
    standing = DutyLine.objects.filter(unit__in=by_old, ends_on=None).select_related("handler")
    rows = list(standing.order_by("pk"))
    new: dict[tuple[int, int], DutyLine] = {}
    for row in rows:
        for heir in by_old[row.unit_id].heirs:
            handler = copies.get((row.handler_id, heir.pk), row.handler)
            line = DutyLine(unit=heir, category_id=row.category_id, handler=handler, starts_on=today)
            new.setdefault((heir.pk, row.category_id), line)
    standing.update(ends_on=today)
    DutyLine.objects.bulk_create(new.values())


def _limits(by_old: dict[int, Succession]) -> None:
    """A limit is never edited: every heir gets the rows as they were, version for version."""
    new: dict[tuple[int, int | None, str], list[CaseLimit]] = {}
    source: dict[tuple[int, int | None, str], int] = {}
    for row in CaseLimit.objects.filter(unit__in=by_old).order_by("pk"):
        for heir in by_old[row.unit_id].heirs:
            key = (heir.pk, row.category_id, row.kind)
            if source.setdefault(key, row.unit_id) != row.unit_id:
                continue  # two merged units had limits of their own: the first one's count
            terms = {name: getattr(row, name) for name in CaseLimit.TERMS}
            new.setdefault(key, []).append(
                CaseLimit(
                    unit=heir, category_id=row.category_id, kind=row.kind, effective_on=row.effective_on,
                    version=row.version, **terms,
                )
            )  # fmt: skip
    CaseLimit.objects.bulk_create([row for rows in new.values() for row in rows])


def _templates(by_old: dict[int, Succession]) -> None:
    rows = list(AnswerTemplate.objects.filter(unit__in=by_old).order_by("pk"))
    new = []
    for row in rows:
        first, *others = by_old[row.unit_id].heirs
        new += [
            AnswerTemplate(
                unit=heir, category_id=row.category_id, name=row.name, text=row.text, is_active=row.is_active
            )
            for heir in others
        ]  # fmt: skip
        row.unit = first
    AnswerTemplate.objects.bulk_update(rows, ["unit"])
    AnswerTemplate.objects.bulk_create(new)


def _cases(by_old: dict[int, Succession], copies: Copies) -> None:
    olds = list(by_old)
    lying = Q(unit__in=olds) | Q(block__in=olds) | Q(building__in=olds)
    keys = list(Case.objects.open().filter(lying).order_by("pk").values_list("pk", flat=True))
    if not keys:
        return
    heirs = {heir.path: heir for s in by_old.values() for heir in s.heirs}
    above = {heir.path_at(depth) for heir in heirs.values() for depth in range(2, heir.depth)} - set(heirs)
    units = heirs | {u.path: u for u in Unit.objects.filter(path__in=above).defer("boundary", "note")}
    by = next(iter(by_old.values())).by
    for at in range(0, len(keys), BATCH):
        rows = Case.objects.filter(pk__in=keys[at : at + BATCH]).order_by("pk")
        cases = list(
            rows.select_related("category", "unit", "block").defer("body", "unit__boundary", "block__boundary")
        )
        elsewhere: dict[int, list[Case]] = {}
        for case in cases:
            first = _follow(case, by_old, units, copies)
            if case.state in (Case.State.SUBMITTED, Case.State.ACCEPTED) and not first:
                elsewhere.setdefault((case.block or case.unit).pk, []).append(case)
        Case.objects.bulk_update(cases, ["unit", "block", "building", "proposed"], batch_size=BATCH)
        for some in elsewhere.values():  # the tasks of the others follow to the first heir, where the posts went
            give_to_desk(some, some[0].block or some[0].unit, by=by)
        record_all("reroute", cases, by=by)


def _follow(case: Case, by_old: dict[int, Succession], units: dict[str, Unit], copies: Copies) -> bool:
    """Set where `case` lies now; true if its desk is the first heir of its old one."""
    desk = by_old.get((case.block or case.unit).pk)
    deepest = next(k for k in (case.building_id, case.unit_id, case.block_id) if k in by_old)
    heir = by_old[deepest].heir(case.longitude, case.latitude)
    if case.building_id == deepest:
        case.building = heir
    case.unit = units.get(heir.path_at(DEPTH["red_grid"]), heir) if heir.depth >= DEPTH["red_grid"] else heir
    if heir.depth >= DEPTH["block"]:
        case.block = units[heir.path_at(DEPTH["block"])]
    now = case.block or case.unit
    if case.proposed_id is not None and (copy := copies.get((case.proposed_id, now.pk))) is not None:
        case.proposed = copy
    return desk is None or desk.heirs[0].pk == now.pk
