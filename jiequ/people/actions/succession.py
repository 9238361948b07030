"""When units are split, merged or moved, whoever holds a post there holds it in the unit that takes its place.

What was stays: the old rows end on that day and new ones begin, so that no closed period's figure moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import Q

from jiequ.people.models import Appointment, BuildingAssignment, Exemption, Member, Team
from jiequ.territory.actions import Succession, follows
from jiequ.territory.models import Unit

Heirs = dict[int, Unit]


@follows
def people_follow(successions: Sequence[Succession]) -> None:
    """Posts, members, contracted buildings and teams go on in the first heir; a few statements for a whole branch."""
    if not successions:
        return
    on = successions[0].on
    heirs = {s.old.pk: s.heirs[0] for s in successions if s.heirs}
    _appointments(heirs, on)
    moved = _members(heirs, on)
    _buildings(heirs, moved, on)
    _teams(heirs, on)


def _appointments(heirs: Heirs, on: date) -> None:
    held = Appointment.objects.filter(unit__in=heirs).filter(Q(ends_on=None) | Q(ends_on__gt=on))
    rows = list(held)
    there = set(
        Appointment.objects.filter(unit__in=list(heirs.values()), ends_on=None).values_list("person", "role", "unit")
    )
    new = []
    for row in rows:
        heir = heirs[row.unit_id]
        if (row.person_id, row.role, heir.pk) in there:  # two merged units had the same person in the same post
            continue
        there.add((row.person_id, row.role, heir.pk))
        new.append(
            Appointment(
                person_id=row.person_id,
                role=row.role,
                unit=heir,
                line=row.line,
                starts_on=max(on, row.starts_on),
                ends_on=row.ends_on,
                note=row.note,
            )
        )
    held.filter(starts_on__gt=on).delete()  # it had not begun, and now begins elsewhere
    held.update(ends_on=on)
    Appointment.objects.bulk_create(new, batch_size=500)


def _members(heirs: Heirs, on: date) -> dict[int, Member]:
    """{old row's key: new row}."""
    rows = list(Member.objects.filter(unit__in=heirs, left_on=None))
    Member.objects.filter(pk__in=[row.pk for row in rows]).update(left_on=on)
    new = [
        Member(
            person_id=row.person_id,
            unit=heirs[row.unit_id],
            source=row.source,
            home_organisation=row.home_organisation,
            skills=row.skills,
            post_category=row.post_category,
            reported_on=on,
        )
        for row in rows
    ]
    moved = dict(zip([row.pk for row in rows], Member.objects.bulk_create(new, batch_size=500), strict=True))
    excused = list(Exemption.objects.filter(member__in=moved, ends_on=None))
    for exemption in excused:
        exemption.member = moved[exemption.member_id]
    Exemption.objects.bulk_update(excused, ["member"])
    return moved


def _buildings(heirs: Heirs, moved: dict[int, Member], on: date) -> None:
    rows = list(BuildingAssignment.objects.filter(Q(member__in=moved) | Q(unit__in=heirs), ends_on=None))
    BuildingAssignment.objects.filter(pk__in=[row.pk for row in rows]).update(ends_on=on)
    BuildingAssignment.objects.bulk_create(
        BuildingAssignment(
            member_id=moved[row.member_id].pk if row.member_id in moved else row.member_id,
            unit_id=heirs[row.unit_id].pk if row.unit_id in heirs else row.unit_id,
            starts_on=on,
        )
        for row in rows
    )


def _teams(heirs: Heirs, on: date) -> None:
    rows = list(Team.objects.filter(unit__in=heirs, disbanded_on=None).prefetch_related("persons"))
    Team.objects.filter(pk__in=[row.pk for row in rows]).update(disbanded_on=on)
    new = Team.objects.bulk_create(
        Team(
            name=row.name,
            unit=heirs[row.unit_id],
            purpose=row.purpose,
            founded_on=on,
            leader_id=row.leader_id,
            skills=row.skills,
        )
        for row in rows
    )
    Team.persons.through.objects.bulk_create(
        Team.persons.through(team_id=team.pk, person_id=person.pk)
        for old, team in zip(rows, new, strict=True)
        for person in old.persons.all()
    )
