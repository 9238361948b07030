"""Services are the categories of cases; their definitions ask for what an office wants to know besides."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from jiequ.api.open311.arguments import Arguments, moment
from jiequ.api.open311.errors import Fault
from jiequ.cases.models import CaseCategory

DATATYPES = ("string", "number", "datetime", "text", "singlevaluelist", "multivaluelist")
LISTS = ("singlevaluelist", "multivaluelist")
LONGEST = {"string": 200, "text": 1000}  # characters of a typed answer
_NAME = re.compile(r"attribute\[([^\[\]]{1,60})\](\[\])?")
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,10})?", re.ASCII)


def offered() -> QuerySet[CaseCategory]:
    """What a client may ask for: categories in use, without those that are not handled here (petitions, lawsuits)."""
    return CaseCategory.objects.filter(is_active=True, channel="")


def service_row(category: CaseCategory) -> dict[str, Any]:
    return {
        "service_code": category.code,
        "service_name": category.name,
        "description": category.says or category.name,
        "metadata": bool(attributes_of(category)),
        "type": "realtime",  # POST answers with the id
        "keywords": ",".join(word for word in re.split(r"[、，,;；\s]+", category.keywords) if word),
        "group": category.group,
    }


def definition_row(category: CaseCategory) -> dict[str, Any]:
    return {"service_code": category.code, "attributes": attributes_of(category)}


def attributes_of(category: CaseCategory) -> list[dict[str, Any]]:
    """The attribute definitions of a category, whole and in order, whatever an office has left out."""
    rows = []
    for n, given in enumerate(category.attributes if isinstance(category.attributes, list) else [], 1):
        if not isinstance(given, dict) or not given.get("code"):
            continue
        datatype = given.get("datatype") if given.get("datatype") in DATATYPES else "string"
        values = given.get("values") if datatype in LISTS and isinstance(given.get("values"), list) else []
        order = given.get("order")
        rows.append({
            "variable": bool(given.get("variable", True)),
            "code": str(given["code"]),
            "datatype": datatype,
            "required": bool(given.get("required", False)),
            "datatype_description": str(given.get("datatype_description") or ""),
            "order": order if isinstance(order, int) and not isinstance(order, bool) else n,
            "description": str(given.get("description") or given["code"]),
            "values": [
                {"key": str(each["key"]), "name": str(each.get("name") or each["key"])}
                for each in values or []
                if isinstance(each, dict) and each.get("key") is not None
            ],
        })  # fmt: skip
    return sorted(rows, key=lambda row: row["order"])


@dataclass
class Answered:
    """The attributes of a request. What was chosen goes into the case's answers; what was typed is a resident's words and
    goes, under its question, into the body, which is encrypted."""

    chosen: dict[str, Any] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def answers_of(category: CaseCategory, arguments: Arguments) -> Answered:
    """Hold what was sent against the definition: required, datatype, the values of lists."""
    found = Answered()
    definitions = {row["code"]: row for row in attributes_of(category)}
    sent: dict[str, list[str]] = {}
    for name in arguments.names():
        if not name.startswith("attribute"):
            continue
        named = _NAME.fullmatch(name)
        if named is None or named[1] not in definitions:
            found.faults.append(Fault(400, _("没有这个附加问题：%(name)s") % {"name": name[:80]}))
        else:
            sent.setdefault(named[1], []).extend(arguments.all(name))
    for code, row in definitions.items():
        given = list(dict.fromkeys(sent.get(code, [])))
        if not row["variable"]:  # only information for the reader: nothing is asked
            continue
        if not given:
            if row["required"]:
                found.faults.append(Fault(400, _("还没有回答附加问题 %(code)s。") % {"code": code}))
        elif len(given) > 1 and row["datatype"] != "multivaluelist":
            found.faults.append(Fault(400, _("附加问题 %(code)s 只能有一个回答。") % {"code": code}))
        elif row["datatype"] in LISTS:
            unknown = set(given) - {value["key"] for value in row["values"]}
            if unknown:
                found.faults.append(Fault(400, _("附加问题 %(code)s 没有这个选项。") % {"code": code}))
            found.chosen[code] = given if row["datatype"] == "multivaluelist" else given[0]
        elif says := _mistyped(row["datatype"], given[0]):
            found.faults.append(Fault(400, says % {"code": code, "n": LONGEST.get(row["datatype"], 0)}))
        else:
            found.typed.append(f"{row['description']}：{given[0]}")
    return found


def _mistyped(datatype: str, value: str) -> str:
    """What is wrong with a typed answer, or ""."""
    if datatype == "number":
        return "" if _NUMBER.fullmatch(value) else _("附加问题 %(code)s 要填数字。")
    if datatype == "datetime":
        return "" if moment(value) else _("附加问题 %(code)s 要填日期时间，如2026-11-23T10:00:00+08:00。")
    return "" if len(value) <= LONGEST[datatype] else _("附加问题 %(code)s 不能超过%(n)s个字。")
