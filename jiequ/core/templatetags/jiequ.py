"""What templates say and draw: icons, dates and deadlines in words, and the components of docs/look.md.

Built in for every template. Nothing here asks the database (working days are read once a year and kept).
Components with markup of their own stand in templates/components/.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from django import forms, template
from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from jiequ.core import clock, workdays
from jiequ.core.measures import percent

register = template.Library()

WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
TONES = {"late", "soon", "doing", "ok", "idle", "line"}
THEMES = ("light", "dark", "auto")
FEW = 10  # a share of fewer than this many is drawn paler: for reference only


# ── how the page looks ────────────────────────────────────


@dataclass(frozen=True)
class Look:
    """What the reader chose, from cookies, so that the server draws it without a flash."""

    theme: str = "auto"
    is_elder: bool = False
    path: str = "/"
    query: str = ""

    @property
    def language(self) -> str:
        return "en" if (get_language() or "").startswith("en") else "zh-Hans"

    @property
    def is_english(self) -> bool:
        return self.language == "en"

    @property
    def address(self) -> str:
        """The page to come back to after a switch."""
        return f"{self.path}?{self.query}" if self.query else self.path


@register.simple_tag(takes_context=True)
def look(context: template.Context) -> Look:
    """{% look as look %}: theme, elder view, language. Works without a request too (the 500 page)."""
    request: Any = context.get("request")
    if request is None:
        return Look()
    theme = request.COOKIES.get("theme", "auto")
    get = request.method == "GET"  # a form that was sent is not sent again by a switch
    return Look(
        theme if theme in THEMES else "auto",
        request.COOKIES.get("view") == "elder",
        request.path,
        request.META.get("QUERY_STRING", "") if get else "",
    )


@register.simple_tag
@cache
def asset(name: str) -> str:
    """The address of a built file; a page is still shown, plainly, where the front end was not built."""
    try:
        return static(name)
    except ValueError:
        return f"{settings.STATIC_URL}{name}"


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """{% icon "check" %}: drawn beside a word; with `label` it is read out by itself. Names stand in web/icons.txt."""
    if label:
        return format_html(
            '<svg class="ic" role="img" aria-label="{}"><use href="{}#{}"></use></svg>', label, asset("icons.svg"), name
        )
    return format_html('<svg class="ic" aria-hidden="true"><use href="{}#{}"></use></svg>', asset("icons.svg"), name)


# ── dates in words ────────────────────────────────────────


def _parts(moment: date) -> tuple[date, bool]:
    """The local wall time, and whether the year must be said."""
    local = clock.local(moment) if isinstance(moment, datetime) else moment
    return local, local.year != clock.today().year


@register.filter
def day(moment: date | None) -> str:
    """11月23日 (周一); with the year when it is not this one. 23 Nov (Mon) in English."""
    if not moment:
        return ""
    at, is_other_year = _parts(moment)
    if Look().is_english:
        year = f" {at.year}" if is_other_year else ""
        return f"{at.day} {MONTHS_EN[at.month - 1]}{year} ({WEEKDAYS_EN[at.weekday()]})"
    year = f"{at.year}年" if is_other_year else ""
    return f"{year}{at.month}月{at.day}日 (周{'一二三四五六日'[at.weekday()]})"


@register.filter
def weekday(moment: date | None) -> str:
    """周六; Sat."""
    return day(moment).rpartition("(")[2].rstrip(")")


@register.filter
def short_day(moment: date | None) -> str:
    """11月23日, or 23 Nov: for lines too short for a weekday."""
    return day(moment).rpartition(" ")[0]


@register.filter
def clock_time(moment: datetime | None) -> str:
    """14:30"""
    return f"{clock.local(moment):%H:%M}" if moment else ""


@register.filter(name="when")
@register.filter(name="moment")
def in_full(moment: datetime | None) -> str:
    """11月23日 (周一) 14:30"""
    return f"{day(moment)} {clock_time(moment)}" if moment else ""


@register.filter
def ago(moment: datetime | None) -> str:
    """今天 09:12 and 35分钟前 within a day; the full date beyond."""
    if not moment:
        return ""
    past = (clock.now() - moment).total_seconds()
    if 0 <= past < 60:
        return _("刚刚")
    if 0 <= past < 3600:
        n = int(past // 60)
        return ngettext("%(n)d分钟前", "%(n)d分钟前", n) % {"n": n}
    if clock.day(moment) == clock.today():
        return _("今天 %(time)s") % {"time": clock_time(moment)}
    return in_full(moment)


@register.filter
def iso(moment: date | None) -> str:
    """For <time datetime>."""
    if isinstance(moment, datetime):
        return clock.local(moment).isoformat(timespec="minutes")
    return moment.isoformat() if moment else ""


@register.filter
def due(moment: datetime | None) -> str:
    """今天 17:00前 · 明天 18:00前 · 11月25日 (周三) · 逾期2个工作日 · 逾期3小时."""
    if not moment:
        return _("不限期")
    now = clock.now()
    if moment < now:
        days = workdays.workdays_between(clock.day(moment), clock.today())
        if days > 0:
            return ngettext("逾期%(n)d个工作日", "逾期%(n)d个工作日", days) % {"n": days}
        hours = max(1, int((now - moment).total_seconds() // 3600))
        if hours < 24:
            return ngettext("逾期%(n)d小时", "逾期%(n)d小时", hours) % {"n": hours}
        days = (clock.today() - clock.day(moment)).days
        return ngettext("逾期%(n)d天", "逾期%(n)d天", days) % {"n": days}
    ahead = (clock.day(moment) - clock.today()).days
    words = {0: _("今天 %(time)s前"), 1: _("明天 %(time)s前")}
    return words[ahead] % {"time": clock_time(moment)} if ahead in words else day(moment)


@register.filter
def due_left(moment: datetime | None) -> str:
    """The second line beside `due`: 还剩35分钟, 还剩6小时, 还剩2天, 应于 11月19日."""
    if not moment:
        return ""
    left = (moment - clock.now()).total_seconds()
    if left < 0:
        return _("应于 %(day)s") % {"day": short_day(moment)}
    if left < 3600:
        n = max(1, int(left // 60))
        return ngettext("还剩%(n)d分钟", "还剩%(n)d分钟", n) % {"n": n}
    if left < 24 * 3600:
        n = int(left // 3600)
        return ngettext("还剩%(n)d小时", "还剩%(n)d小时", n) % {"n": n}
    n = (clock.day(moment) - clock.today()).days
    return ngettext("还剩%(n)d天", "还剩%(n)d天", n) % {"n": n}


@register.filter
def heat(moment: datetime | None) -> int:
    """3 overdue, 2 today, 1 within two days, 0 later: how loud a deadline is."""
    if not moment:
        return 0
    if moment < clock.now():
        return 3
    ahead = (clock.day(moment) - clock.today()).days
    return 2 if ahead == 0 else 1 if ahead <= 2 else 0


@register.inclusion_tag("components/due.html")
def due_tag(moment: datetime | None, done: Any = None) -> dict[str, Any]:
    """{% due_tag task.due_at done=task.finished_at %}: icon and words; what is done is no longer late."""
    return {"moment": moment, "done": done, "heat": 0 if done else heat(moment)}


# ── components ────────────────────────────────────────────


@register.inclusion_tag("components/tag.html")
def state_tag(tone: str, icon: str, text: Any) -> dict[str, Any]:
    """{% state_tag "ok" "check" "已通过" %}; tones: late soon doing ok idle line. Always a word."""
    return {"tone": tone if tone in TONES else "idle", "icon": icon, "text": text}


@register.inclusion_tag("components/figure.html")
def figure(
    cell: Any = None,
    label: Any = "",
    part: int = 0,
    whole: int | None = None,
    noun: Any = "",
    url: str = "",
    remark: Any = "",
) -> dict[str, Any]:
    """{% figure cell remark=… %} of anything with label, part, whole, noun, url; or the same as keywords."""
    if cell is not None and not isinstance(cell, str):
        label, part, whole, noun, url = cell.label, cell.part, cell.whole, cell.noun, cell.url
    return {
        "label": label,
        "part": part,
        "whole": whole,
        "noun": noun,
        "url": url,
        "remark": remark,
        "percent": percent(part, whole) if whole is not None else None,
    }


@register.inclusion_tag("components/cell.html")
def figure_cell(cell: Any, current: bool = False) -> dict[str, Any]:
    """The same in a table: 89% 17/19 over a bar."""
    return {"cell": cell, "current": current}


@register.inclusion_tag("components/bar.html")
def bar(part: int, whole: int | None) -> dict[str, Any]:
    """A share as a bar; paler where the whole is smaller than ten. The number always stands beside it."""
    width = min(100, round(100 * part / whole, 1)) if whole else 0
    return {"width": f"{width:g}", "few": bool(whole) and (whole or 0) < FEW}


@register.inclusion_tag("components/steps.html")
def steps(items: Iterable[Any], label: Any = "") -> dict[str, Any]:
    """The line of steps: items with label, state (done, now, todo, stopped), lines."""
    return {"items": [(n, item) for n, item in enumerate(items, 1)], "label": label or _("走到哪一步")}


@register.inclusion_tag("components/seats.html")
def seats(
    present: int = 0, recused: int = 0, absent: int = 0, yes: int = 0, no: int = 0, abstain: int = 0, need: int = 0
) -> dict[str, Any]:
    """One seat a councillor: {% seats present=6 recused=1 absent=2 need=6 %} or {% seats yes=5 abstain=1 need=4 %}."""
    kinds = [
        (yes, "a", _("赞"), _("赞成")),
        (no, "n", _("反"), _("反对")),
        (abstain, "c", _("弃"), _("弃权")),
        (present, "b", pgettext("席位", "到"), _("参加表决")),
        (recused, "h", _("避"), _("回避")),
        (absent, "c", _("缺"), _("缺席")),
    ]
    row = [(tone, letter) for count, tone, letter, _word in kinds for _seat in range(count or 0)]
    said = _("，").join(f"{word} {count}" for count, _tone, _letter, word in kinds if count)
    nobody = _("没有人")
    line = (_("；需%(n)s席") % {"n": need}) if need else ""
    return {
        "need": need,
        "before": row[:need] if need else row,
        "after": row[need:] if need else [],
        "said": (said or nobody) + line,
    }


def _wrong(bound: forms.BoundField) -> list[str]:
    """The field's errors in words: 'this field is required' is what a machine says."""
    empty = str(forms.Field.default_error_messages["required"])
    return [_("这里还空着，请填写。") if str(error) == empty else str(error) for error in bound.errors]


@register.inclusion_tag("components/field.html")
def field(bound: forms.BoundField, label: Any = "", hint: Any = "") -> dict[str, Any]:
    """One field: label, hint, error, tied together for a reader. {% field form.title %}"""
    widget = bound.field.widget
    group = isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    check = isinstance(widget, forms.CheckboxInput)
    said_by = []
    if hint or bound.help_text:
        said_by.append(f"{bound.auto_id}_hint")
    if bound.errors:
        said_by.append(f"{bound.auto_id}_error")
    attrs: dict[str, Any] = {} if group or check else {"class": "in"}
    if said_by and not group:
        attrs["aria-describedby"] = " ".join(said_by)
    if bound.errors and not group:
        attrs["aria-invalid"] = "true"
    return {
        "bound": bound,
        "control": bound.as_widget(attrs=attrs),
        "label": label or bound.label,
        "hint": hint or bound.help_text,
        "group": group,
        "check": check,
        "said_by": " ".join(said_by),
        "wrong": " ".join(_wrong(bound)),
        "hidden": bound.is_hidden,
    }


@register.inclusion_tag("components/fields.html")
def fields(form: forms.BaseForm) -> dict[str, Any]:
    """All fields of a form, hidden ones too. Put {% errors form %} above it."""
    return {"hidden": form.hidden_fields(), "visible": form.visible_fields()}


@register.inclusion_tag("components/errors.html")
def errors(form: forms.BaseForm | None) -> dict[str, Any]:
    """The summary above a form that came back: what happened, what was kept, and a link to each field."""
    if form is None or not form.errors:
        return {"form": None}
    found = [("", str(message)) for message in form.non_field_errors()]
    for name, messages in form.errors.items():
        if name == NON_FIELD_ERRORS:
            continue
        bound = form[name]
        missing = _("请填写“%(label)s”。") % {"label": bound.label}
        empty = str(forms.Field.default_error_messages["required"])
        found += [(bound.id_for_label or bound.auto_id, missing if m == empty else str(m)) for m in map(str, messages)]
    return {"form": form, "found": found}


@register.inclusion_tag("components/empty.html")
def empty(icon: str, text: Any, hint: Any = "", url: str = "", label: Any = "") -> dict[str, Any]:
    """What a list says when there is nothing in it, and what to do: {% empty "bulb" "还没有议题" url=… label="提议题" %}"""
    return {"icon": icon, "text": text, "hint": hint, "url": url, "label": label}


@register.inclusion_tag("components/pager.html")
def pager(page: Any, noun: Any = "") -> dict[str, Any]:
    """{% pager page noun="件" %} for a keyset page: count (capped), first, older."""
    return {"page": page, "noun": noun or _("条")}


@register.inclusion_tag("components/tabs.html", takes_context=True)
def tabs(
    context: template.Context, items: Iterable[Any], param: str = "view", label: Any = "", style: str = "views"
) -> dict[str, Any]:
    """Saved views or a page's tabs: items are (key, label, is current[, count]); style "views" or "pagetabs"."""
    query = context["request"].GET.copy()
    query.pop("before", None)
    rows = []
    for key, text, is_current, *count in items:
        query[param] = key
        rows.append((f"?{query.urlencode()}", text, is_current, count[0] if count else None))
    return {"rows": rows, "label": label or _("常用视图"), "style": style}


@register.inclusion_tag("components/feed.html")
def feed(sentences: Iterable[Any]) -> dict[str, Any]:
    """The journal in sentences (at, who, act, noun, label, url), newest first."""
    return {"sentences": sentences}


@register.inclusion_tag("components/ask.html")
def ask(url: str, label: Any, icon: str = "", primary: bool = False, small: bool = False) -> dict[str, Any]:
    """A button that leads to a page asking for more. With scripts the page opens as a dialog; without it is a page."""
    return {"url": url, "label": label, "icon": icon, "primary": primary, "small": small}


@register.inclusion_tag("components/press.html")
def press(url: str, label: Any, icon: str = "", primary: bool = False, confirm: Any = "") -> dict[str, Any]:
    """A button that does it at once (POST). `confirm` asks first where scripts run."""
    return {"url": url, "label": label, "icon": icon, "primary": primary, "confirm": confirm}
