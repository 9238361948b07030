"""Recurring dates: a rule as calendars write it (RFC 5545, RRULE), expanded into dates, and said in words.

Only what a service team needs is taken: by day, week or month. Any other part is refused, so that no rule can be made that
takes long to expand (a rule may ask for every second, or for a 30 February for ever).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import islice

from dateutil.relativedelta import relativedelta
from dateutil.rrule import rrulestr
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from jiequ.core import clock
from jiequ.core.permission import Refused

MOST_DATES = 60
#: A series reaches so far ahead of today.
AHEAD = relativedelta(years=1)
LONGEST = 80  # characters of a rule, as its column holds

_DAY = "(?:MO|TU|WE|TH|FR|SA|SU)"
_PLAIN_DAYS = re.compile(rf"{_DAY}(?:,{_DAY}){{0,6}}")
_PARTS = {
    "FREQ": re.compile("DAILY|WEEKLY|MONTHLY"),
    "INTERVAL": re.compile(r"[1-9]|[1-4]\d|5[0-2]"),
    "COUNT": re.compile(r"[1-9]\d{0,8}"),
    "UNTIL": re.compile(r"\d{8}(?:T\d{6}Z?)?"),
    "BYDAY": re.compile(rf"(?:[+-]?[1-5])?{_DAY}(?:,(?:[+-]?[1-5])?{_DAY}){{0,6}}"),
    "BYMONTHDAY": re.compile(r"-1|[1-9]|[12]\d|3[01]"),
}
_WEEKDAYS = {
    "MO": gettext_lazy("周一"), "TU": gettext_lazy("周二"), "WE": gettext_lazy("周三"), "TH": gettext_lazy("周四"),
    "FR": gettext_lazy("周五"), "SA": gettext_lazy("周六"), "SU": gettext_lazy("周日"),
}  # fmt: skip


def dates_of(rule: str, starts_at: datetime) -> list[datetime]:
    """The moments of a recurring activity whose first begins at `starts_at`, in order; that one alone without a rule.

    Refused for a rule that is not understood, for one the first date does not follow, and for more than MOST_DATES dates or
    dates more than a year ahead. A rule without an end goes on for a year.
    """
    local = clock.local(starts_at).replace(tzinfo=None)
    furthest = clock.local(clock.now()).replace(tzinfo=None) + AHEAD
    if local > furthest:
        raise Refused(_("最远只能安排到一年以内。"), field="starts_at")
    if not rule:
        return [starts_at]
    parts = read_rule(rule)
    count = int(parts.pop("COUNT", 0))
    last = _last_moment(parts.pop("UNTIL", ""), furthest)
    if count > MOST_DATES:
        raise Refused(_too_many(), field="recurrence")
    rest = ";".join(f"{name}={value}" for name, value in parts.items())
    dates = rrulestr(f"{rest};UNTIL={last:%Y%m%dT%H%M%S}", dtstart=local)
    found = list(islice(dates, count or MOST_DATES + 1))
    if not found or found[0] != local:
        raise Refused(_("第一场不在重复的日子上。请让第一场落在重复的那一天。"), field="starts_at")
    if count > len(found):
        raise Refused(_("最远只能安排到一年以内，请少安排几场。"), field="recurrence")
    if len(found) > MOST_DATES:
        raise Refused(_too_many(), field="recurrence")
    return [clock.at(moment.date(), moment.hour, moment.minute) for moment in found]


def read_rule(rule: str) -> dict[str, str]:
    """The parts of a rule, each checked; Refused where one is not taken."""
    text = rule.strip().upper().removeprefix("RRULE:")
    pairs = [part.partition("=") for part in text.split(";")] if len(text) <= LONGEST else []
    parts = {name: value for name, _equals, value in pairs}
    good = (
        "FREQ" in parts
        and len(parts) == len(pairs)
        and not {"COUNT", "UNTIL"} <= set(parts)
        and all(name in _PARTS and _PARTS[name].fullmatch(value) for name, value in parts.items())
    )
    monthly = parts.get("FREQ") == "MONTHLY"
    if good and not monthly:  # the third Friday is one of a month
        good = "BYMONTHDAY" not in parts and ("BYDAY" not in parts or bool(_PLAIN_DAYS.fullmatch(parts["BYDAY"])))
    if not good or (monthly and {"BYDAY", "BYMONTHDAY"} <= set(parts)):
        raise Refused(_("看不懂这样的重复。请用每天、每周、每两周或每月。"), field="recurrence")
    return parts


def rule_text(rule: str) -> str:
    """A rule in the form it is kept: one line, no prefix. Refused as in read_rule."""
    return ";".join(f"{name}={value}" for name, value in read_rule(rule).items()) if rule.strip() else ""


def rule_words(rule: str) -> str:
    """每两周的周三: how often, in words; "" without a rule."""
    if not rule:
        return ""
    parts = read_rule(rule)
    every, days = int(parts.get("INTERVAL", "1")), parts.get("BYDAY", "")
    names = "、".join(str(_WEEKDAYS[day[-2:]]) for day in days.split(",") if day)
    if parts["FREQ"] == "DAILY":
        return ngettext("每天", "每%(n)s天", every) % {"n": every}
    if parts["FREQ"] == "WEEKLY":
        often = {1: _("每周"), 2: _("每两周")}.get(every, _("每%(n)s周") % {"n": every})
        return often + names
    often = _("每月") if every == 1 else _("每%(n)s个月") % {"n": every}
    if names:
        nth = days[:-2].lstrip("+")
        return often + (_("最后一个%(day)s") % {"day": names} if nth == "-1" else _nth(nth, names))
    day = parts.get("BYMONTHDAY", "")
    return often + (_("最后一天") if day == "-1" else _("%(n)s日") % {"n": day} if day else "")


def _nth(nth: str, names: str) -> str:
    return _("第%(n)s个%(day)s") % {"n": nth, "day": names} if nth else _("的%(day)s") % {"day": names}


def _last_moment(until: str, furthest: datetime) -> datetime:
    """When the last may begin: as the rule says (a day counts whole), in local time."""
    if not until:
        return furthest
    try:
        if len(until) == 8:
            last = datetime.strptime(until + "235959", "%Y%m%d%H%M%S")  # noqa: DTZ007 — local, as the dates are
        elif until.endswith("Z"):
            last = clock.local(datetime.strptime(until, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)).replace(tzinfo=None)
        else:
            last = datetime.strptime(until, "%Y%m%dT%H%M%S")  # noqa: DTZ007
    except (ValueError, OverflowError):
        raise Refused(_("看不懂重复到哪天。"), field="recurrence") from None
    if last.date() > furthest.date():
        raise Refused(_("最远只能安排到一年以内。"), field="recurrence")
    return last


def _too_many() -> str:
    return _("一次至多安排%(n)s场，请分几次安排。") % {"n": MOST_DATES}
