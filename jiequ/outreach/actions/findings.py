"""What was found on a visit becomes a case, a wish, a motion or a party member: prefilled, linked both ways, typed once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiequ.cases.actions import file_case
from jiequ.cases.models import Case, CaseCategory
from jiequ.cases.public.advice import Categories
from jiequ.cases.routing import place_of_unit
from jiequ.core.journal import kind_of, record
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.personal import hide_numbers
from jiequ.core.writing import action, lock
from jiequ.outreach.actions.found import find_member, name_and_phone
from jiequ.outreach.actions.wishes import draft_wish
from jiequ.outreach.models import Finding, FoundMember, Household, Visit, Wish
from jiequ.outreach.workflow import TURNINGS, Turning, turns_into
from jiequ.people.models import clean_text
from jiequ.territory.models import DEPTH, Unit

LONGEST = 400  # characters of what was found
MOST = 8  # findings of one visit


def add_findings(visit: Visit, findings: Iterable[Mapping[str, str]]) -> list[Finding]:
    """Enter what was found on a visit; part of the action that calls it. The visit's own line stands for words that are missing.
    One statement."""
    made = []
    for each in findings:
        kind, words = each.get("kind", ""), clean_text(each.get("words", "")) or visit.note
        if kind not in Finding.Kind.values:
            raise Refused(_("请选发现的是诉求、心愿、议题还是党员。"), field="findings")
        if not words:
            raise Refused(_("请写一句发现了什么，才好转办。"), field="findings")
        if len(words) > LONGEST:
            raise Refused(_("发现的情况最多写 %(n)d 个字。") % {"n": LONGEST}, field="findings")
        made.append(Finding(visit=visit, kind=kind, words=words))
    if len(made) > MOST:
        raise Refused(_("一次走访最多转 %(n)d 件，其余请另记。") % {"n": MOST}, field="findings")
    return Finding.objects.bulk_create(made)


@action
def add_finding(visit: Visit, *, by: Actor, kind: str, words: str = "") -> Finding:
    """What comes to mind later: a finding of a visit that is recorded already. It is turned by `turn_finding`."""
    require(by, "outreach.record_visit", visit.household.ground)
    if visit.withdrawn_at is not None:
        raise Refused(_("这次走访已经撤回，请另记一次。"))
    lock(visit)
    if visit.findings.count() >= MOST:
        raise Refused(_("一次走访最多转 %(n)d 件，其余请另记。") % {"n": MOST})
    (finding,) = add_findings(visit, [{"kind": kind, "words": words}])
    record("add", finding, by=by, unit=visit.unit, found=kind)
    return finding


@action
def turn_finding(finding: Finding, *, by: Actor, **more: Any) -> models.Model:
    """Make of a finding what it is; returns that. `more` is what the house of that thing asks besides, such as a category. Refused
    where it has become something already, and for every reason that house refuses for."""
    visit = finding.visit
    require(by, "outreach.record_visit", visit.household.ground)
    fresh = lock(finding)
    if fresh.became_id is not None:
        raise Overtaken(_("这件事刚刚已经转办过，没有重复转。"))
    if visit.withdrawn_at is not None:
        raise Refused(_("这次走访已经撤回，不能再转办。"))
    way = TURNINGS.get(finding.kind)
    if way is None:
        raise Refused(_("现在还不能这样转，请直接登记。"))
    made = way.turn(finding, by=by, **more)
    finding.became_kind, finding.became_id = kind_of(made), made.pk
    finding.save(update_fields=["became_kind", "became_id"])
    record("turn", finding, by=by, unit=visit.unit, into=finding.became_kind, into_id=made.pk)
    return made


def words_for_others(finding: Finding) -> str:
    """What was found, for whoever does not look after the household: its name, telephone and door are left out, and so are numbers
    of telephones and identity cards."""
    return without_household(finding.words, finding.visit.household)


def without_household(words: str, household: Household) -> str:
    """`words` without what tells whose they are."""
    if household.name and len(household.name) > 1:
        words = words.replace(household.name, household.label)
    if household.phone:
        words = words.replace(household.phone, "****")
    if household.room and len(household.room) > 2:
        words = words.replace(household.room, "***")
    return hide_numbers(words)


def block_of(visit: Visit) -> Unit:
    """The block of the red grid that a visit happened in."""
    return Unit.objects.defer("boundary", "note").get(path=visit.unit.path_at(DEPTH["block"]))


@dataclass(frozen=True)
class Became:
    """What a finding became: how it is called, and its page for whoever may look at it."""

    label: str
    url: str = ""


def became_of(findings: Iterable[Finding], account: Any) -> dict[int, Became]:
    """{finding's id: what it became, as `account` may know it}; two statements for each kind there is."""
    by_kind: dict[str, dict[int, int]] = {}
    for finding in findings:
        if finding.became_id is not None:
            by_kind.setdefault(finding.became_kind, {})[finding.became_id] = finding.pk
    found: dict[int, Became] = {}
    for kind, ids in by_kind.items():
        with contextlib.suppress(LookupError):
            model: Any = apps.get_model(kind)
            seen = set(model.objects.visible_to(account).filter(pk__in=list(ids)).values_list("pk", flat=True))
            for row in model._base_manager.filter(pk__in=list(ids)):
                found[ids[row.pk]] = Became(label_of(row), row.get_absolute_url() if row.pk in seen else "")
    return found


def label_of(thing: models.Model) -> str:
    """How a thing is called on the visit's page: its number, or whatever it is called."""
    return str(getattr(thing, "number", "") or thing)


def _file_case(finding: Finding, *, by: Actor, category: CaseCategory | None = None) -> Case:
    """A case of the household's building or grid. The category is guessed from the words; whoever takes it in may change it."""
    words = words_for_others(finding)
    categories = Categories()
    guess = category or categories.guess(words)
    if guess is not None and guess.channel and category is None:
        guess = categories.rest  # what is not decided here is said by a person, not by a guess
    if guess is None:
        raise Refused(_("还没有诉求类别，请街道先设定。"))
    place = place_of_unit(finding.visit.household.ground)
    return file_case(
        place, guess, by=by, body=words, source=Case.Source.VISIT, once=f"finding:{finding.pk}"
    ).case  # fmt: skip


def _may_file_case(finding: Finding, account: Any) -> bool:
    return bool(account.may("cases.file_case", finding.visit.unit))


def _draft_wish(finding: Finding, *, by: Actor, **more: Any) -> Wish:
    visit = finding.visit
    made: Wish = draft_wish(
        block_of(visit), by=by, words=finding.words, household=visit.household, grid=visit.unit,
        once=f"finding:{finding.pk}", **more,
    )  # fmt: skip
    return made


def _may_draft_wish(finding: Finding, account: Any) -> bool:
    return bool(account.may("outreach.draft_wish", finding.visit.unit))


def _find_member(finding: Finding, *, by: Actor, name: str = "", phone: str = "") -> FoundMember:
    visit = finding.visit
    if not name:
        name, phone = name_and_phone(finding.words)
    return find_member(visit.unit, by=by, name=name, phone=phone, on=visit.on, visit=visit)


def _may_find_member(finding: Finding, account: Any) -> bool:
    return bool(account.may("outreach.record_visit", finding.visit.household.ground))


K = Finding.Kind
turns_into(Turning(K.CASE, gettext_lazy("转诉求"), "message-report", _file_case, _may_file_case))
turns_into(Turning(K.WISH, gettext_lazy("转心愿"), "gift", _draft_wish, _may_draft_wish))
turns_into(Turning(K.MEMBER, gettext_lazy("记为新摸排党员"), "user-plus", _find_member, _may_find_member))
