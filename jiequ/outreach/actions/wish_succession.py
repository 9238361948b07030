"""When a block is split, merged or moved: what is not granted yet goes on in the first heir. What has ended stays where it happened."""

from __future__ import annotations

from collections.abc import Sequence

from jiequ.outreach.models import Wish, WishClaim, WishRound
from jiequ.territory.actions import Succession, follows
from jiequ.territory.models import Unit


@follows
def wishes_follow(successions: Sequence[Succession]) -> None:
    """Open wishes take the next free numbers of the first heir, with their claims; rounds that are open go with them; a red grid that
    a wish came from hands on to its own first heir. Where one was claimed (`claimed_in`) stays: it is counted there."""
    for each in successions:
        if not each.heirs:
            continue
        heir = each.heirs[0]
        if each.old.kind == Unit.Kind.RED_GRID:
            Wish.objects.filter(grid=each.old).exclude(state__in=Wish.ENDED).update(grid=heir)
            continue
        WishRound.objects.filter(unit=each.old, closed_at=None).update(unit=heir)
        if each.old.kind == Unit.Kind.BLOCK:
            _go_on(each.old, heir)


def _go_on(old: Unit, heir: Unit) -> None:
    moving = list(Wish.objects.filter(unit=old).exclude(state__in=Wish.ENDED).order_by("year", "sequence"))
    last: dict[int, int] = {}
    for wish in moving:
        if wish.year not in last:
            there = Wish.objects.filter(unit=heir, year=wish.year).order_by("-sequence")
            last[wish.year] = there.values_list("sequence", flat=True).first() or 0
        last[wish.year] += 1
        wish.unit, wish.sequence = heir, last[wish.year]
    Wish.objects.bulk_update(moving, ["unit", "sequence"], batch_size=500)
    WishClaim.objects.filter(wish__in=moving).update(unit=heir)
