"""Step 1: collecting motions, joining one (附议), and improving one that was returned."""

from __future__ import annotations

import secrets
import unicodedata

from django.db.models import Max
from django.utils.translation import gettext as _

from jiequ.core import clock, workdays
from jiequ.core.journal import record
from jiequ.core.permission import PUBLIC, Actor, Overtaken, Refused, require
from jiequ.core.personal import blind
from jiequ.core.writing import action, lock
from jiequ.council.actions.councils import rule_for
from jiequ.council.models import Council, Motion, Proposer
from jiequ.council.workflow import MOTION
from jiequ.people.actions import notify
from jiequ.people.models import Person
from jiequ.territory.models import Unit
from jiequ.work.actions import open_task


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
    _ask_to_screen(motion, by)
    return motion, secret


@action
def second_motion(motion: Motion, *, by: Actor, name: str = "", phone: str = "") -> tuple[Proposer, str]:
    """Join a motion that somebody else has proposed (附议); returns the proposer and, for a resident, the secret of their link.

    Whoever seconds is told of every move, as the proposer is. Refused for what has ended, and for the same person twice.
    """
    require(by, "council.second_motion", motion.unit)
    motion = lock(motion)
    if motion.has_ended:
        raise Refused(_("这件事已经了结，不能再附议。有新情况，请另提一件。"))
    if by.person_id is not None and motion.proposers.filter(person_id=by.person_id).exists():
        raise Overtaken(_("您已经是这件事的提出人，进展会通知您。"))
    secret = secrets.token_urlsafe(16) if by.person_id is None else ""
    proposer = Proposer(
        motion=motion,
        person_id=by.person_id,
        name=name.strip(),
        phone=phone.strip(),
        token_index=blind(secret, "proposer") if secret else "",
        proposed_at=clock.now(),
    )
    proposer.save(force_insert=True)
    record("second", motion, by=by)
    return proposer, secret


@action
def resubmit_motion(motion: Motion, *, by: Actor, title: str, body: str, secret: str = "") -> Motion:
    """A returned motion, improved by its proposer, is collected again under the same number; screening begins anew.

    `secret` is a resident's: of the link that was given to whoever proposed the motion first.
    """
    if by.person_id is not None:
        is_mine = motion.proposers.filter(person_id=by.person_id).exists()
    else:
        first = first_proposer(motion)
        is_mine = bool(secret) and first is not None and first.token_index == blind(secret, "proposer")
    if not is_mine:
        raise Refused(_("只有提出人能修改后重提。"))
    title, body = _one_line(title), body.strip()
    if not title or not body:
        raise Refused(_("请写一句标题和具体的情况、建议。"), field="body" if title else "title")
    motion.title = title
    changes: dict[str, object] = {
        "title": title,
        "body": body,
        "collected_at": clock.now(),
        "search_text": searchable(motion),
        "screened_at": None,
        **NOT_RECOMMENDED,
    }
    MOTION.make(motion, "resubmit", by=by, set=changes)
    _ask_to_screen(motion, by)
    return motion


def first_proposer(motion: Motion) -> Proposer | None:
    """Who entered the motion: the words in it are theirs. Whoever seconded it, or came with another, is not."""
    return motion.proposers.filter(came_with=None).order_by("proposed_at", "id").first()


#: What the head has said about a motion, unsaid.
NOT_RECOMMENDED: dict[str, object] = {
    "recommended_at": None,
    "recommendation": "",
    "recommended_move": "",
    "recommended_into": None,
    "recommended_to": "",
    "reason": "",
}


def _ask_to_screen(motion: Motion, by: Actor) -> None:
    """The head's task: a word on the motion within the rule's working days, and never later than on the next one."""
    due = workdays.due(motion.collected_at, workdays=motion.rule.screening_workdays)
    due = max(due, workdays.due(clock.now(), workdays=1))
    open_task("council.recommend", _task_title(motion), unit=motion.unit, about=motion, role="head", due_at=due, by=by)


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
