"""The journal as sentences: 张* 受理 议题 2021-018. Of a case its number and category alone, and only for who may see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast, Coalesce
from django.urls import NoReverseMatch
from django.utils.translation import gettext as _

from jiequ.cases.models import Case
from jiequ.core.flow import act_label, named_kinds
from jiequ.core.models import JournalEntry
from jiequ.council.models import Motion
from jiequ.people.models import Person
from jiequ.people.roles import Reach
from jiequ.territory.models import Unit
from jiequ.work.models import Task
from jiequ.work.secrets import Secret, known_to

QUIET = (
    "export",
    "export_cases",
    "export_minutes",
    "export_deeds",
    "export_record",
    "sign_in",
    "leave",
    "speak",
    "reveal_person",
    "change_password",
    "bring",
)  # entered, but no news
STEPS = ("open", "claim", "finish")  # of a task: the act that caused or ended it is told already
#: What is news of a case; the rest stands on its own page.
CASE_NEWS = (
    "file", "accept", "decline", "refer", "merge", "dispatch", "escalate", "answer_whistle", "raise", "reply", "fix_on_spot",
    "confirm", "reopen", "withdraw",
)  # fmt: skip
RESIDENTS = (
    "collect",
    "object",
    "rate",
    "file",
    "withdraw",
)  # what people do through the public pages, without an account


@dataclass(frozen=True)
class Sentence:
    """One line of a feed: who did what to which thing."""

    at: datetime
    who: str
    act: str
    noun: str
    label: str
    url: str


def entries_within(account: Any, reach: Reach, limit: int) -> QuerySet[JournalEntry]:
    """What happened in units within `reach` and is news to `account`, newest first, at least as far back as the newest `limit`.

    Over the whole street the list walks back from the newest entry. Below it begins at a bound: the `limit`-th newest entry
    of the busiest unit, before which none of the newest `limit` can lie. Each unit gives it in one look into its index, so
    the cost grows neither with the years nor with how busy the others are. (The cast keeps SQLite from the kinds' index.)
    """
    entries: Any = JournalEntry.objects.annotate(what=Cast("kind", CharField())).filter(what__in=named_kinds())
    entries = entries.exclude(verb__in=QUIET).exclude(what="work.task", verb__in=STEPS).order_by("-id")
    entries = _known(_of_cases(entries, account, reach), account)
    if any(len(path) == Unit.steplen for path in reach.paths):
        return entries.exclude(unit_id=None)
    units = Unit.objects.filter(reach.as_q("path")).order_by()
    nth = entries.filter(unit_id=OuterRef("pk")).values("id")[limit - 1 : limit]
    bounds = units.annotate(nth=Subquery(nth)).order_by(F("nth").desc(nulls_last=True)).values("nth")[:1]
    return entries.filter(unit_id__in=units.values("pk"), id__gte=Coalesce(Subquery(bounds), 0))


def _of_cases(entries: Any, account: Any, reach: Reach) -> Any:
    """Of cases only what is news, and where `account` may look at cases."""
    seen = account.reach("cases.view_case")
    if not seen.paths:
        return entries.exclude(what__startswith="cases.")
    entries = entries.exclude(what="cases.scanpoint").exclude(Q(what="cases.case") & ~Q(verb__in=CASE_NEWS))
    if all(seen.holds(path) for path in reach.paths):
        return entries
    within = Unit.objects.filter(seen.as_q("path")).order_by().values("pk")
    return entries.exclude(Q(what__startswith="cases.") & ~Q(unit_id__in=within))


def _known(entries: Any, account: Any) -> Any:
    """Nothing of what is kept from `account`, and nothing of tasks about it, whose titles name it."""
    entries = known_to(account, entries, key="thing_id", kind="what")
    for secret in Secret.register.values():
        for keys in secret.keys(account):
            tasks = Task.objects.filter(about_kind=secret.kind, about_id__in=keys.values("pk"), pk=OuterRef("thing_id"))
            entries = entries.exclude(Exists(tasks), what="work.task")
    return entries


def sentences(entries: QuerySet[JournalEntry], limit: int) -> list[Sentence]:
    """The newest `limit` of `entries` in words, in one statement with names and motions' titles."""
    rows: Iterable[Any] = entries.annotate(
        who=Subquery(Person.objects.filter(pk=OuterRef("by_id")).values("label")[:1]),
        title=Subquery(Motion.objects.filter(pk=OuterRef("thing_id")).values("title")[:1]),
        category=Subquery(Case.objects.filter(pk=OuterRef("thing_id")).values("category__name")[:1]),
    )[:limit]
    return [_sentence(row) for row in rows]


def _sentence(entry: Any) -> Sentence:
    model: Any = apps.get_model(entry.kind)
    who = entry.who or (_("居民") if entry.verb in RESIDENTS else _("系统"))
    label = entry.label
    if entry.kind == "council.motion" and entry.title:
        label = f"{entry.label} {entry.title}"
    elif entry.kind == "cases.case" and entry.category:
        label = f"{entry.label} {entry.category}"
    url = ""
    if hasattr(model, "get_absolute_url") and model is not Unit:
        try:
            url = model(pk=entry.thing_id).get_absolute_url()
        except (NoReverseMatch, ValueError):
            url = ""
    noun = "" if model is Unit else str(model._meta.verbose_name)
    if not label:  # persons are not named in the journal: 任命 任职
        noun, label = "", noun
    return Sentence(entry.at, who, str(act_label(entry.kind, entry.verb)), noun, label, url)
