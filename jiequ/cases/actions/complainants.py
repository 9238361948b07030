"""Looking at a complainant's number: a reason each time, and never for whoever the case complains of; forgetting who it was."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from jiequ.cases.actions.acting import allow
from jiequ.cases.models import Complainant, ComplainantReveal
from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused
from jiequ.core.writing import action, lock
from jiequ.people.models.persons import clean_text

#: What `reveal_complainant` can open.
REVEALABLE = ("name", "phone", "email")


@action
def reveal_complainant(complainant: Complainant, field: str, *, by: Actor, reason: str) -> str:
    """The whole value of a masked field, against a reason of at least four characters.

    The journal has that it was done and which field; the reason is kept where it can be erased.
    """
    if field not in REVEALABLE:
        raise ValueError(f"{field} is not a field that is masked")
    case = complainant.case
    allow(by, "cases.reveal_complainant", case)
    reason = clean_text(reason)
    if len(reason) < 4:
        raise Refused(_("请写明查看的理由，至少 4 个字。"), field="reason")
    ComplainantReveal.objects.create(
        case=case, complainant=complainant, field=field, reason=reason[:200], by_id=by.person_id, at=clock.now()
    )
    record("reveal", case, by=by, field=field, complainant=complainant.pk)
    value = str(getattr(complainant, field))
    return value or (str(getattr(complainant.person, field)) if complainant.person is not None else "")


@action
def forget_complainant(complainant: Complainant, *, by: Actor) -> None:
    """Empty who a complainant is, because they ask for it (PIPL art. 47): by themselves behind the link, or by the office for somebody
    who came or called. The case goes on, its link still opens it, and nobody can be called or written to about it."""
    case = lock(complainant.case)
    allow(by, "cases.erase_complainant", case)
    complainant = lock(complainant)
    if complainant.is_anonymous:
        raise Overtaken(_("称呼和联系方式已经删除了。"))
    empty_complainants([complainant.pk])
    record("forget", case, by=by, complainant=complainant.pk)


def empty_complainants(keys: Sequence[int]) -> None:
    """Nothing says any more who these are. One statement."""
    Complainant.objects.filter(pk__in=keys).update(name=b"", phone=b"", email=b"", phone_index="", person=None)
