"""Letting go of what cases have said, and of who brought them, each as long as its model declares (`Personal.keep_days`)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from jiequ.cases.actions.complainants import empty_complainants
from jiequ.cases.models import Case, CaseMessage, CasePhoto, CaseRating, Complainant, ComplainantReveal
from jiequ.core import files
from jiequ.core.journal import record_all
from jiequ.core.permission import SYSTEM, Actor
from jiequ.core.retention import before, every, in_batches, keep_days


def sweep_kept_cases(*, by: Actor = SYSTEM) -> int:
    """Empty what has been kept long enough since its case ended; how many rows. Cases stay with their number, place, times and facts,
    so that no figure moves. Once a day is enough."""
    over = {
        model: before(keep_days(model)) for model in (Complainant, Case, CaseMessage, CaseRating, ComplainantReveal)
    }
    known = Q(person__isnull=False) | ~Q(name=b"") | ~Q(phone=b"") | ~Q(email=b"")
    parts: tuple[tuple[Any, Callable[[list[int]], Any]], ...] = (
        (Complainant.objects.filter(known, case__ended_at__lt=over[Complainant]), empty_complainants),
        (CaseMessage.objects.filter(~Q(text=b""), case__ended_at__lt=over[CaseMessage]), _empty(CaseMessage, text=b"")),
        (CaseRating.objects.filter(~Q(words=b""), case__ended_at__lt=over[CaseRating]), _empty(CaseRating, words=b"")),
        (CasePhoto.objects.filter(case__ended_at__lt=over[Case]), _drop_photos),
        (Case.objects.filter(~Q(search_text=""), ended_at__lt=over[Case]), partial(_empty_cases, by=by)),
        (ComplainantReveal.objects.filter(at__lt=over[ComplainantReveal]).exclude(reason=""), _empty(ComplainantReveal, reason="")),
    )  # fmt: skip
    return sum(in_batches(rows, take) for rows, take in parts)


def _empty(model: Any, **values: Any) -> Callable[[list[int]], Any]:
    return lambda keys: every(model, keys).update(**values)


def _drop_photos(keys: list[int]) -> None:
    every(CasePhoto, keys).delete()
    transaction.on_commit(partial(files.drop, keys))


def _empty_cases(keys: list[int], *, by: Actor) -> None:
    every(Case, keys).update(
        body=b"", title=_("（已到期删除）"), place="", search_text="", longitude=None, latitude=None
    )
    record_all("expire", Case.objects.filter(pk__in=keys).select_related("unit").defer("unit__boundary"), by=by)
