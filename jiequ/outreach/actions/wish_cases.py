"""A request becomes a wish, or a wish turns out to be a request: linked both ways, nothing typed twice."""

from __future__ import annotations

from django.utils.translation import gettext as _

from jiequ.cases.actions import file_case, raise_case
from jiequ.cases.actions.acting import acting
from jiequ.cases.models import Case, CaseCategory
from jiequ.cases.routing import place_of_unit
from jiequ.core import clock
from jiequ.core.permission import Actor, Refused, require
from jiequ.core.personal import hide_numbers
from jiequ.core.writing import action, lock
from jiequ.outreach.actions.findings import without_household
from jiequ.outreach.actions.wish_people import hold
from jiequ.outreach.actions.wishes import WORDS, draft_wish
from jiequ.outreach.models import Wish
from jiequ.outreach.workflow import WISH
from jiequ.work.actions import drop_tasks_about


@action
def raise_as_wish(
    case: Case,
    *,
    by: Actor,
    words: str = "",
    about: str = Wish.About.RESIDENT,
    kind: str = Wish.Kind.GOODS,
    parts: int = 1,
) -> Wish:
    """A case is a small wish of somebody: its words become the wish's, numbers starred out. The case keeps its clock and is answered
    by its handler, who is told what becomes of the wish."""
    require(acting(by, case), "cases.handle_case", case.unit)
    case = lock(case)
    if case.block is None:
        raise Refused(_("请先把诉求定位到街区，再转心愿。"))
    wish = draft_wish(
        case.block, by=by, words=(words or hide_numbers(case.body))[:WORDS], about=about, kind=kind, parts=parts
    )
    Wish.objects.filter(pk=wish.pk).update(case=case)
    wish.case = case
    raise_case(case, by=by, wish=wish.number)
    return wish


@action
def turn_wish_into_case(wish: Wish, *, by: Actor, category: CaseCategory) -> Case:
    """Verifying finds that a wish is a request: a case is filed from it in its grid or block, for its household where one is known.
    Its words do not say which: a case is read by the whole block, a wish's sealed words are not."""
    hold(wish)
    require(by, "outreach.verify_wish", wish.unit)
    if wish.case_id is not None:
        raise Refused(_("这个心愿本来就由诉求转来，请退回，由承办人接着办。"))
    if wish.state not in WISH.moves["turn"].sources:
        raise Refused(_("现在是“%(state)s”，不能转诉求。") % {"state": wish.get_state_display()})
    who = wish.household
    words = without_household(wish.words, who) if who is not None else hide_numbers(wish.words)
    case = file_case(
        place_of_unit(wish.grid or wish.unit), category, by=by, body=words, source=Case.Source.OFFICE,
        name=who.name if who else "", phone=who.phone if who else "",
    ).case  # fmt: skip
    WISH.make(wish, "turn", by=by, set={"case_id": case.pk, "ended_at": clock.now()}, case=case.number)
    drop_tasks_about(wish, "outreach.verify_wish", "outreach.publish_wish", by=by, note=_("已转诉求"))
    return case
