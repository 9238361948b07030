"""Party members from a spreadsheet, and back into one, masked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiequ.core import clock
from jiequ.core.permission import Actor, Refused
from jiequ.core.personal import blind
from jiequ.core.sheets import Column, Row, Sheet, Verdict
from jiequ.people.actions import register_person, report_member
from jiequ.people.models import Member, Person, is_phone, phone_form
from jiequ.territory.models import Unit

MANY = 5000  # values a statement asks for at once

COLUMNS = [
    Column(
        "phone", gettext_lazy("手机号"), required=True, most=20, says=gettext_lazy("用来认出同一个人。请设成文本格式。")
    ),
    Column("name", gettext_lazy("姓名"), required=True, most=40),
    Column("grid", gettext_lazy("红色网格编码"), required=True, most=30, width=20),
    Column("source", gettext_lazy("来源"), required=True, kind="choice", choices=lambda: dict(Member.Source.choices)),
    Column("home_organisation", gettext_lazy("所在党组织"), required=True, most=60, width=30),
    Column("reported_on", gettext_lazy("报到日期"), kind="date", says=gettext_lazy("不填就是导入当天。")),
    Column("post_category", gettext_lazy("意向岗位"), kind="choice", choices=Member.CATEGORIES),
    Column("skills", gettext_lazy("特长"), most=200, width=30, says=gettext_lazy("几项之间用顿号隔开。")),
]


def compare(rows: Sequence[Row], by: Actor) -> None:
    """Hold each row against who is registered: the same few statements for ten rows and for a hundred thousand."""
    for row in rows:
        row.values["phone"] = phone_form(row.values["phone"])
    grids = _grids({row.values["grid"] for row in rows})
    persons = _persons({row.values["phone"] for row in rows})
    known = [person.pk for people in persons.values() for person in people]
    members: dict[int, Member] = {}
    for at in range(0, len(known), MANY):
        found = Member.objects.current().filter(person__in=known[at : at + MANY]).select_related("unit")
        members |= {member.person_id: member for member in found}
    may: dict[int, bool] = {}
    for row in rows:
        v, grid = row.values, grids.get(row.values["grid"])
        if not is_phone(v["phone"]):
            row.refuse(_("手机号不对：请填 11 位手机号，或带区号的座机号"))
        elif grid is None or grid.kind != Unit.Kind.RED_GRID or not grid.is_valid():
            row.refuse(_("没有编码为“%(code)s”的在用红色网格") % {"code": v["grid"]})
        elif not may.setdefault(grid.pk, by.may("people.import_members", grid)):
            row.refuse(_("“%(grid)s”不在您管辖的范围") % {"grid": grid})
        elif v["reported_on"] and v["reported_on"] > clock.today():
            row.refuse(_("报到日期不能晚于今天"))
        else:
            _compare_known(row, grid, _same(persons.get(v["phone"], []), v["name"]), members)


def _compare_known(row: Row, grid: Unit, person: Person | None, members: dict[int, Member]) -> None:
    member = members.get(person.pk) if person else None
    if member is not None and member.unit_id == grid.pk:
        row.verdict = Verdict.SAME
    elif member is not None:
        row.refuse(_("已在“%(grid)s”报到；要换网格，请在党员页办理转接") % {"grid": member.unit})
    elif person is not None:
        row.notes.append(_("人员已登记过，直接选用，不重复录入"))


def apply(rows: Sequence[Row], by: Actor) -> None:
    """Report in a batch through the actions."""
    grids = _grids({row.values["grid"] for row in rows})
    persons = _persons({row.values["phone"] for row in rows})
    for row in rows:
        v = row.values
        if v["grid"] not in grids:
            raise Refused(_("没有编码为“%(code)s”的在用红色网格") % {"code": v["grid"]})
        grid = grids[v["grid"]]
        person = _same(persons.get(v["phone"], []), v["name"])
        person = person or register_person(v["name"], by=by, unit=grid, phone=v["phone"])
        report_member(
            person,
            grid,
            by=by,
            source=v["source"],
            home_organisation=v["home_organisation"],
            reported_on=v["reported_on"],
            post_category=v["post_category"],
            skills=v["skills"].split("、"),
        )


def rows(by: Any, *, members: Any = None) -> Iterator[dict[str, Any]]:
    """The members `by` may see, names and numbers masked: a file leaves the house's protection."""
    found = Member.objects.visible_to(by).current() if members is None else members
    for member in found.select_related("person", "unit").order_by("unit__path", "pk").iterator(chunk_size=1000):
        yield {
            "phone": member.person.phone_masked,
            "name": member.person.label,
            "grid": member.unit.code,
            "source": member.source,
            "home_organisation": member.home_organisation,
            "reported_on": member.reported_on,
            "post_category": member.post_category,
            "skills": "、".join(member.skills),
        }


def _grids(codes: set[str]) -> dict[str, Unit]:
    ordered = sorted(codes)
    found: dict[str, Unit] = {}
    for at in range(0, len(ordered), MANY):
        found |= {u.code: u for u in Unit.objects.filter(code__in=ordered[at : at + MANY]).defer("boundary")}
    return found


def _persons(phones: set[str]) -> dict[str, list[Person]]:
    """{phone: who has it}, looked up by blind index."""
    wanted = {blind(phone, "person.phone"): phone for phone in phones if phone}
    ordered = sorted(wanted)
    found: dict[str, list[Person]] = {}
    for at in range(0, len(ordered), MANY):
        for person in Person.objects.filter(phone_index__in=ordered[at : at + MANY], erased_at=None):
            found.setdefault(wanted[person.phone_index], []).append(person)
    return found


def _same(people: list[Person], name: str) -> Person | None:
    index = blind(name, "person.name")
    return next((person for person in people if person.name_index == index), None)


MEMBERS = Sheet(
    name="members",
    label=gettext_lazy("报到党员"),
    permission="people.import_members",
    columns=COLUMNS,
    key="phone",
    compare=compare,
    apply=apply,
    rows=rows,
    home="members",
    here="people",
)
