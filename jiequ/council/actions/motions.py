"""Steps 1 and 2: collecting motions and screening them."""

from __future__ import annotations

import secrets
import unicodedata
from datetime import timedelta

from django.db.models import Max
from django.utils.translation import gettext as _

from jiequ.core import clock, workdays
from jiequ.core.journal import record
from jiequ.core.permission import PUBLIC, Actor, Refused, require
from jiequ.core.personal import blind
from jiequ.core.writing import action, lock
from jiequ.council.actions.councils import rule_for
from jiequ.council.models import Council, Motion, Proposer
from jiequ.council.workflow import MOTION
from jiequ.people.actions import notify
from jiequ.people.models import Person
from jiequ.territory.models import Unit
from jiequ.work.actions import finish_tasks_about, open_task

LISTING_WORKDAYS = 10  # ours: an accepted motion should come on an agenda within two weeks


@action
def collect_motion(
    unit: Unit,
    *,
    by: Actor,
    title: str,
    body: str,
    category: str = Motion.Category.OTHER,
    place: str = "",
    budget: int | None = None,
    name: str = "",
    phone: str = "",
) -> tuple[Motion, str]:
    """Enter a motion for a block's council; returns it and, for a resident, the secret of its follow-up link.

    `budget` in yuan. `name` and `phone` are a resident's own choice to leave. Refused where the block has no council.
    """
    require(by, "council.collect_motion", unit)
    council = Council.objects.filter(unit=unit).first()
    if council is None:
        raise Refused(_("%(unit)s还没有理事会，请选别的街区或联系社区。") % {"unit": unit.name})
    lock(council)  # numbers are given one after the other
    title, body = _one_line(title), body.strip()
    if not title or not body:
        raise Refused(_("请写一句标题和具体的情况、建议。"), field="body" if title else "title")
    now = clock.now()
    year = clock.today().year
    last = Motion.objects.filter(unit=unit, year=year).aggregate(last=Max("sequence"))["last"] or 0
    motion = Motion(
        unit=unit,
        year=year,
        sequence=last + 1,
        title=title,
        body=body,
        place=place,
        category=category,
        budget=budget,
        source=Motion.Source.RESIDENT if by is PUBLIC else Motion.Source.POST,
        rule=rule_for(unit),
        collected_at=now,
    )
    motion.is_major = budget is not None and budget > motion.rule.major_sum
    motion.search_text = searchable(motion)
    motion.save(force_insert=True)
    secret = secrets.token_urlsafe(16) if by.person_id is None else ""
    proposer = Proposer(
        motion=motion,
        person_id=by.person_id,
        name=name.strip(),
        phone=phone.strip(),
        token_index=blind(secret, "proposer") if secret else "",
        proposed_at=now,
    )
    proposer.save(force_insert=True)
    record("collect", motion, by=by, source=motion.source)
    due = workdays.due(now, workdays=motion.rule.screening_workdays)
    open_task("council.recommend", _task_title(motion), unit=unit, about=motion, role="head", due_at=due, by=by)
    return motion, secret


@action
def recommend_motion(
    motion: Motion, *, by: Actor, recommendation: str, title: str = "", category: str = "", is_major: bool | None = None
) -> Motion:
    """The block head's word on a motion, for the community to decide. The head may put the title in public words."""
    community = _community(motion.unit)
    changes: dict[str, object] = {"recommended_at": clock.now(), "recommendation": recommendation.strip()}
    if not changes["recommendation"]:
        raise Refused(_("请写一句审定建议，社区据此决定。"), field="recommendation")
    if title:
        motion.title = _one_line(title)
        changes |= {"title": motion.title, "search_text": searchable(motion)}
    if category:
        changes["category"] = category
    if is_major is not None:
        over = motion.budget is not None and motion.budget > motion.rule.major_sum
        changes["is_major"] = is_major or over  # money over the rule's sum is major whatever the form says
    MOTION.make(motion, "recommend", by=by, set=changes)
    finish_tasks_about(motion, "council.recommend", by=by)
    due = workdays.due(motion.collected_at, workdays=motion.rule.screening_workdays)
    due = max(due, clock.now() + timedelta(hours=4))  # a late recommendation still leaves the community an afternoon
    open_task("council.accept", _task_title(motion), unit=community, about=motion, role="chief", due_at=due, by=by)
    return motion


@action
def accept_motion(motion: Motion, *, by: Actor) -> Motion:
    """Screening ends well: the motion waits for a meeting."""
    MOTION.make(motion, "accept", by=by, set={"screened_at": clock.now()})
    finish_tasks_about(motion, "council.accept", by=by)
    due = workdays.due(clock.now(), workdays=LISTING_WORKDAYS)
    open_task("council.list", _task_title(motion), unit=motion.unit, about=motion, role="head", due_at=due, by=by)
    tell_proposers(motion, _("您提的议题已受理，等待上会：%(title)s"))
    return motion


@action
def return_motion(motion: Motion, *, by: Actor, reason: str) -> Motion:
    """Not ready: back to the proposer with a reason they can act on."""
    return _end(motion, "return", by, reason, _("您提的议题已退回，可修改后重提：%(title)s"))


@action
def refer_motion(motion: Motion, *, by: Actor, reason: str, referred_to: str) -> Motion:
    """Not the council's to decide (or not this council's): to the right place, with an explanation."""
    if not referred_to.strip():
        raise Refused(_("请写明转到哪里。"), field="referred_to")
    return _end(motion, "refer", by, reason, _("您提的议题已转出：%(title)s"), referred_to=referred_to.strip())


@action
def merge_motion(motion: Motion, *, into: Motion, by: Actor, reason: str = "") -> Motion:
    """The same thing twice: `motion` ends in `into`, and its proposers go with it."""
    target = lock(into)
    if target.pk == motion.pk or target.unit_id != motion.unit_id:
        raise Refused(_("只能并入本街区的另一个议题。"), field="into")
    if target.has_ended:
        raise Refused(_("“%(number)s”已经办结，不能再并入。") % {"number": target.number}, field="into")
    _end(
        motion, "merge", by, reason or _("与 %(number)s 是同一件事") % {"number": target.number},
        _("您提的议题已并入另一件一起办：%(title)s"), merged_into=target,
    )  # fmt: skip
    there = set(target.proposers.exclude(person=None).values_list("person_id", flat=True))
    for proposer in motion.proposers.all():
        if proposer.person_id in there:
            continue
        Proposer.objects.filter(pk=proposer.pk).update(motion=target, came_with=motion)
    record("absorb", target, by=by, merged=motion.number)
    return motion


@action
def resubmit_motion(motion: Motion, *, by: Actor, title: str, body: str) -> Motion:
    """A returned motion, improved by its proposer, is collected again under the same number."""
    if by.person_id is None or not motion.proposers.filter(person_id=by.person_id).exists():
        raise Refused(_("只有提出人能修改后重提。"))
    motion.title = _one_line(title)
    changes = {
        "title": motion.title,
        "body": body.strip(),
        "collected_at": clock.now(),
        "search_text": searchable(motion),
    }
    MOTION.make(motion, "resubmit", by=by, set=changes)
    due = workdays.due(clock.now(), workdays=motion.rule.screening_workdays)
    open_task("council.recommend", _task_title(motion), unit=motion.unit, about=motion, role="head", due_at=due, by=by)
    return motion


def _end(motion: Motion, move: str, by: Actor, reason: str, told: str, **changes: object) -> Motion:
    if not reason.strip():
        raise Refused(_("请写明理由，提出人会看到。"), field="reason")
    MOTION.make(motion, move, by=by, set={"screened_at": clock.now(), "reason": reason.strip(), **changes})
    for verb in ("council.recommend", "council.accept", "council.list"):
        finish_tasks_about(motion, verb, by=by)
    tell_proposers(motion, told)
    return motion


def tell_proposers(motion: Motion, words: str) -> None:
    """A notice to every proposer with a post. Residents see the same on their own link."""
    persons = list(Person.objects.filter(proposals__motion=motion).distinct())
    if persons:
        notify(persons, words % {"title": motion.title}, url=motion.get_absolute_url())


def searchable(motion: Motion) -> str:
    """Title and number in one normal form, for LIKE within a scope."""
    return unicodedata.normalize("NFKC", f"{motion.title} {motion.number}").casefold()


def _one_line(text: str) -> str:
    return " ".join(text.split())[:60]


def _task_title(motion: Motion) -> str:
    return motion.title


def _community(unit: Unit) -> Unit:
    found = Unit.objects.filter(path=unit.path_at(2)).first()
    if found is None:
        raise Refused(_("%(unit)s不在任何社区里，不能审定。") % {"unit": unit.name})
    return found
