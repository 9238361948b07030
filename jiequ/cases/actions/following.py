"""What a complainant does behind the secret link: add a word, withdraw, join a case that is open already."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from jiequ.cases.actions.filing import add_complainant, secret_of
from jiequ.cases.actions.handling import say
from jiequ.cases.actions.photos import keep_photos
from jiequ.cases.actions.taking import end_tasks
from jiequ.cases.actions.telling import tell_person
from jiequ.cases.actions.timing import end_clock
from jiequ.cases.models import Case, CaseMessage, Complainant
from jiequ.cases.workflow import CASE, OPEN
from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.personal import blind
from jiequ.core.pictures import Picture
from jiequ.core.writing import action, lock


@action
def join_case(
    case: Case, *, by: Actor, body: str = "", name: str = "", phone: str = "", email: str = "",
    photos: Sequence[Picture] = (), once: str = "",
) -> tuple[Complainant, str]:  # fmt: skip
    """我也遇到: follow a case that is open already, with one's own link; a word and photos go to its handler.

    `once` is a key that the sender makes: the same key again gives the same link, and nobody joins twice.
    """
    require(by, "cases.file_case", case.unit)
    case = lock(case)
    secret = secret_of(once)
    there = Complainant.objects.filter(token_index=blind(secret, "complainant")).first() if once else None
    if there is not None:
        return there, secret
    if case.is_against_somebody:
        raise Refused(_("这件诉求不能跟随。您写的都还在，请直接提交。"))
    if case.state not in OPEN:
        raise Refused(_("那件事刚刚办结了。您写的都还在，请直接提交。"))
    complainant = add_complainant(case, by=by, name=name, phone=phone, email=email, secret=secret)
    if body.strip() or photos:
        words = body if body.strip() else _("（照片）")
        message = say(case, CaseMessage.Kind.FROM_RESIDENT, words, by=by, complainant=complainant)
        keep_photos(case, photos, by=by, message=message)
    record("join", case, by=by)
    return complainant, secret


@action
def add_to_case(complainant: Complainant, *, by: Actor, text: str, photos: Sequence[Picture] = ()) -> CaseMessage:
    """A word more from a complainant, while somebody can still act on it."""
    case = lock(complainant.case)
    require(by, "cases.follow_case", case.unit)
    if complainant.withdrew_at is not None:
        raise Refused(_("您已经撤回了这件诉求。要再提，请重新提交。"))
    if case.state not in OPEN:
        raise Refused(_("这件事已经办结。如果没办好，请评价“不满意”，会重新办。"))
    message = say(case, CaseMessage.Kind.FROM_RESIDENT, text, by=by, complainant=complainant)
    keep_photos(case, photos, by=by, message=message)
    tell_person(case, _("诉求人有补充：%(what)s"), case.holder_id, by=by)
    record("add", case, by=by, photos=len(photos))
    return message


@action
def withdraw_case(complainant: Complainant, *, by: Actor) -> Case:
    """Take one's own request back. The case ends when nobody else asks for it; otherwise only this complainant leaves."""
    case = lock(complainant.case)
    require(by, "cases.follow_case", case.unit)
    if not Complainant.objects.filter(pk=complainant.pk, withdrew_at=None).update(withdrew_at=clock.now()):
        raise Overtaken(_("已经撤回过了。"))
    if case.state not in OPEN:
        raise Refused(_("这件事已经办结，不用撤回。"))
    if case.complainants.filter(withdrew_at=None).exists():
        record("leave", case, by=by)
        return case
    CASE.make(case, "withdraw", by=by, set={"ended_at": clock.now(), **end_clock(case, by=by)})
    end_tasks(case, by=by, note=_("诉求人撤回"))
    return case


@action
def say_it_is_solved(complainant: Complainant, *, by: Actor, text: str) -> Case:
    """已经好了, said before the answer: a word for the handler, and the request is taken back with it."""
    add_to_case(complainant, by=by, text=text)
    return withdraw_case(complainant, by=by)
