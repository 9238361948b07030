"""What a phone wrote without a network comes in: each visit its own transaction with its own verdict, and each exactly once.

A phone is not believed: what it sends is read strictly, field by field, and a household of somebody else's grid is answered
like one that does not exist.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from jiequ.core.permission import NotAllowed, Refused
from jiequ.outreach.actions.findings import became_of
from jiequ.outreach.actions.households import AT_THE_DOOR
from jiequ.outreach.actions.visits import Visited, record_visit, visit_of
from jiequ.outreach.models import Household

MOST = 100  # visits that come at once
LONGEST = 2000  # characters of any text; the actions refuse sooner and say so
BIGGEST = 2**63 - 1


@dataclass(frozen=True)
class Verdict:
    """What became of one item: recorded (`visited`), or not, and which field is why."""

    once: str
    visited: Visited | None = None
    error: str = ""
    field: str = ""


def bring_in(items: Sequence[Any], *, by: Any) -> list[Verdict]:
    """Record what a phone brings, in its order. No item undoes another, and one that came before is answered as it was then."""
    return [_bring(item, by) for item in items[:MOST]]


def _bring(item: Any, by: Any) -> Verdict:
    once = ""
    try:
        fields = _object(item)
        once = _text(fields, "once", 100)
        if not once:
            raise Refused(_("这条记录缺少编号，请在手机上重新保存。"), field="once")
        if any(unicodedata.category(c) == "Cs" for c in once):  # half a character: no bytes to make a key of
            raise Refused(_("这条记录的格式不对，请在手机上重新保存。"), field="once")
        if (there := visit_of(once, by)) is not None:
            return Verdict(once, there)
        return Verdict(once, _record(fields, once, by))
    except Refused as refused:
        return Verdict(once, error=refused.message, field=refused.field or "")
    except NotAllowed as refused:
        return Verdict(once, error=str(refused), field="household")


def _record(fields: Mapping[str, Any], once: str, by: Any) -> Visited:
    services, findings = _list(fields, "services"), _list(fields, "findings")
    changes = _object(fields.get("changes") or {}, "changes")
    if set(changes) - set(AT_THE_DOOR):
        raise Refused(_("在门口只能改电话和近况。"), field="changes")
    version = fields.get("version")
    if version is not None:
        version = _number(version, "version")
    met = fields.get("met", True)
    if not isinstance(met, bool):
        raise Refused(_("请说明有没有联系上。"), field="met")
    day = _day(fields)
    household = _household(_number(fields.get("household"), "household"), by)
    return record_visit(
        household, by=by, once=once, on=day, mode=_text(fields, "mode", 8) or "door", was_met=met,
        services=[_word(s, "services") for s in services], note=_text(fields, "note"),
        findings=[
            {"kind": _text(_object(f, "findings"), "kind", 20), "words": _text(f, "words")} for f in findings
        ],
        version=version, changes={name: _text(changes, name) for name in changes},
    )  # fmt: skip


def _household(pk: int, by: Any) -> Household:
    rows = Household.objects.visible_to(by).select_related("unit", "building")
    found: Household | None = rows.defer("unit__boundary", "building__boundary").filter(pk=pk).first()
    if found is None:
        raise Refused(_("这一户不在您联系的范围内，或者已经不在册。"), field="household")
    return found


def told(verdict: Verdict, account: Any) -> dict[str, Any]:
    """A verdict as the phone of `account` reads it. Ids are texts: a browser's numbers are too short for them."""
    visited = verdict.visited
    if visited is None:
        return {"once": verdict.once, "ok": False, "error": verdict.error, "field": verdict.field}
    visit, conflict = visited.visit, visited.conflict
    findings = list(visit.findings.order_by("pk"))
    became = became_of(findings, account)
    return {
        "once": verdict.once,
        "ok": True,
        "visit": str(visit.pk),
        "url": visit.get_absolute_url(),
        "conflict": conflict.get_absolute_url() if conflict is not None and conflict.settled_at is None else None,
        "became": [
            {"kind": f.kind, "label": became[f.pk].label, "url": became[f.pk].url or None} if f.pk in became
            else {"kind": f.kind, "label": "", "url": None}
            for f in findings
        ],
    }  # fmt: skip


def _object(value: Any, field: str = "") -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Refused(_("这条记录的格式不对，请在手机上重新保存。"), field=field or None)
    return value


def _list(fields: Mapping[str, Any], name: str) -> list[Any]:
    value = fields.get(name) or []
    if not isinstance(value, list) or len(value) > 50:
        raise Refused(_("这条记录的格式不对，请在手机上重新保存。"), field=name)
    return value


def _word(value: Any, field: str) -> str:
    if not isinstance(value, str) or len(value) > LONGEST:
        raise Refused(_("这条记录的格式不对，请在手机上重新保存。"), field=field)
    return value


def _text(fields: Mapping[str, Any], name: str, most: int = LONGEST) -> str:
    value = fields.get(name)
    text = _word("" if value is None else value, name)
    if len(text) > most:
        raise Refused(_("最多 %(n)d 个字，请写短一点。") % {"n": most}, field=name)
    return text


def _number(value: Any, field: str) -> int:
    """A whole number that fits a column; as a text too, because a browser's numbers are too short for our ids."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= BIGGEST:
        raise Refused(_("这条记录的格式不对，请在手机上重新保存。"), field=field)
    return value


def _day(fields: Mapping[str, Any]) -> date | None:
    text = _text(fields, "on", 10)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(_("日期不对，请重新选择。"), field="on") from None
