"""When a unit is split, merged or moved: what is planned there goes on in its first heir. What is over stays where it happened."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import BigIntegerField, Case, F, Value, When

from jiequ.outreach.models import Activity
from jiequ.territory.actions import Succession, follows


@follows
def activities_follow(successions: Sequence[Succession]) -> None:
    """One statement for all."""
    heirs = [When(unit=s.old, then=Value(s.heirs[0].pk)) for s in successions if s.heirs]
    if heirs:
        coming = Activity.objects.coming().order_by().filter(unit__in=[s.old for s in successions])
        coming.update(unit=Case(*heirs, default=F("unit"), output_field=BigIntegerField()))
