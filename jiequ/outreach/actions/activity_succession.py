"""When a unit is split, merged or moved: what is planned there goes on in its first heir. What is over stays where it happened."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import BigIntegerField, Case, F, Value, When

from jiequ.outreach.models import Activity
from jiequ.people.models import Team
from jiequ.territory.actions import Succession, follows


@follows
def activities_follow(successions: Sequence[Succession]) -> None:
    """With the team's successor, so that its leader still plans and records them. Four statements for all."""
    heirs = [When(unit=s.old, then=Value(s.heirs[0].pk)) for s in successions if s.heirs]
    if heirs:
        coming = Activity.objects.coming().order_by().filter(unit__in=[s.old for s in successions])
        coming.update(unit=Case(*heirs, default=F("unit"), output_field=BigIntegerField()))
    if teams := _team_heirs(successions):
        of_them = Activity.objects.coming().order_by().filter(team__in=[old for old, _heir in teams])
        branches = [When(team=old, then=Value(heir)) for old, heir in teams]
        of_them.update(team=Case(*branches, default=F("team"), output_field=BigIntegerField()))


def _team_heirs(successions: Sequence[Succession]) -> list[tuple[int, int]]:
    """By old team, the one that goes on in its place: of the same name and leader, in the first heir. `people_follow` ended the one and
    began the other on this day. Two statements."""
    heirs = {s.old.pk: s.heirs[0].pk for s in successions if s.heirs}
    if not heirs:
        return []
    on = successions[0].on
    new = Team.objects.filter(unit__in=set(heirs.values()), founded_on=on, disbanded_on=None)
    by_name = {(t.unit_id, t.name, t.leader_id): t.pk for t in new}
    ended = Team.objects.filter(unit__in=heirs, disbanded_on=on)
    pairs = [(t.pk, by_name.get((heirs[t.unit_id], t.name, t.leader_id))) for t in ended]
    return [(old, heir) for old, heir in pairs if heir is not None]
