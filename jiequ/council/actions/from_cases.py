"""A request becomes a motion, or a motion turns out to be a request: linked both ways, nothing typed twice."""

from __future__ import annotations

from django.utils.translation import gettext as _

from jiequ.cases.actions import file_case, raise_case
from jiequ.cases.actions.acting import acting
from jiequ.cases.actions.filing import add_complainant
from jiequ.cases.models import Case, CaseCategory, Complainant
from jiequ.cases.routing import place_of_unit
from jiequ.core import clock
from jiequ.core.permission import Actor, Refused, require
from jiequ.core.personal import hide_numbers
from jiequ.core.writing import action, lock
from jiequ.council.actions.motions import collect_motion
from jiequ.council.actions.screening import refer_motion
from jiequ.council.models import Motion, Proposer

#: What a case's group of categories is in the council's five; whoever raises it may choose another.
GROUPS = {
    "公共安全": Motion.Category.FACILITIES,
    "设施维护": Motion.Category.FACILITIES,
    "居住服务": Motion.Category.FACILITIES,
    "环境卫生": Motion.Category.HYGIENE,
    "市容秩序": Motion.Category.APPEARANCE,
}
CODES = {"epidemic": Motion.Category.EPIDEMIC}


def category_of(case: Case) -> str:
    """The council's category that fits a case's."""
    return CODES.get(case.category.code) or GROUPS.get(case.category.group) or Motion.Category.OTHER


@action
def raise_as_motion(
    case: Case,
    *,
    by: Actor,
    title: str = "",
    body: str = "",
    category: str = "",
    budget: int | None = None,
) -> Motion:
    """Bring a case before its block's council. Words and place come from the case, numbers starred out; its complainants are
    proposers beside whoever raises it, and follow both behind the link they have. The case keeps its clock and is answered
    by its handler, who is told what becomes of the motion."""
    require(acting(by, case), "cases.handle_case", case.unit)
    case = lock(case)
    if case.block is None:
        raise Refused(_("请先把诉求定位到街区，再转议题。"))
    require(by, "council.collect_motion", case.block)
    motion, _secret = collect_motion(
        case.block,
        by=by,
        title=title or hide_numbers(case.title),
        body=(body or hide_numbers(case.body))[:1000],
        category=category or category_of(case),
        place=case.place[:60],
        budget=budget,
    )
    Motion.objects.filter(pk=motion.pk).update(case=case, source=Motion.Source.CASE)
    motion.case, motion.source = case, Motion.Source.CASE
    there = {by.person_id}
    proposers = []
    for who in case.complainants.filter(withdrew_at=None).order_by("joined_at", "pk"):
        if who.person_id is not None and who.person_id in there:
            continue
        there.add(who.person_id)
        proposers.append(
            Proposer(
                motion=motion, person_id=who.person_id, name=who.name, phone=who.phone, proposed_at=clock.now()
            )
        )  # fmt: skip
    Proposer.objects.bulk_create(proposers)
    raise_case(case, by=by, motion=motion.number)
    return motion


@action
def turn_into_case(motion: Motion, *, by: Actor, category: CaseCategory) -> Case:
    """Screening finds that a motion is a request (DOMAIN §2): it is referred to the case that is filed from it, in its block,
    with its proposers as complainants."""
    require(by, "council.screen_motion", motion.unit)
    if motion.case_id is not None:
        raise Refused(_("这件议题本来就由诉求转来，请退回，由承办人接着办。"))
    proposers = list(motion.proposers.order_by("proposed_at", "pk"))
    first = proposers[0] if proposers else None
    filed = file_case(
        place_of_unit(motion.unit), category, by=by, body=motion.body, place=motion.place, source=Case.Source.OFFICE,
        name=first.name if first else "", phone=first.phone if first else "",
    )  # fmt: skip
    case = filed.case
    made = case.complainants.get()
    for at, who in enumerate(proposers):
        if at:
            made = add_complainant(case, by=by, name=who.name, phone=who.phone)
        Complainant.objects.filter(pk=made.pk).update(person_id=who.person_id)
    Motion.objects.filter(pk=motion.pk).update(case=case)
    motion.case = case
    refer_motion(
        motion,
        by=by,
        referred_to=_("诉求 %(number)s") % {"number": case.number},
        reason=_("属于具体诉求，转为诉求办理。"),
    )
    return case
