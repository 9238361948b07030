"""Service teams."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Refused, require
from jiequ.core.writing import action, lock
from jiequ.people.models import Person, Team, clean_text
from jiequ.territory.models import Unit

MOST_SKILLS, LONGEST_SKILL = 10, 20


@action
def form_team(
    name: str,
    unit: Unit,
    *,
    by: Actor,
    purpose: str,
    leader: Person | None = None,
    persons: Iterable[Person] = (),
    founded_on: date | None = None,
    skills: Iterable[str] = (),
) -> Team:
    """Found a service team of `unit`. The leader belongs to it."""
    require(by, "people.form_team", unit)
    name, purpose = clean_text(name), clean_text(purpose)
    if not name or len(name) > 60:
        raise Refused(_("请填写服务队名称，不超过 60 个字。"), field="name")
    if len(purpose) > 200:
        raise Refused(_("“做什么”请写在 200 个字以内。"), field="purpose")
    if Team.objects.filter(unit=unit, name=name, disbanded_on=None).exists():
        raise Refused(_("%(unit)s已经有“%(name)s”。") % {"unit": unit.name, "name": name}, field="name")
    team = Team.objects.create(
        name=name,
        unit=unit,
        purpose=purpose,
        leader=leader,
        founded_on=founded_on or clock.today(),
        skills=clean_skills(skills),
    )
    everybody = {p.pk for p in persons} | ({leader.pk} if leader else set())
    Team.persons.through.objects.bulk_create(
        Team.persons.through(team_id=team.pk, person_id=pk) for pk in sorted(everybody)
    )
    record("form_team", team, by=by, persons=len(everybody))
    return team


@action
def join_team(team: Team, person: Person, *, by: Actor) -> None:
    """`person` joins the team: by themselves, or entered by whoever may form teams there."""
    _require_self_or_former(team, person, by)
    team = lock(team)
    if team.disbanded_on:
        raise Refused(_("这支服务队已经解散。"))
    if team.persons.filter(pk=person.pk).exists():
        raise Refused(_("%s已经在队里。") % person.label, field="person")
    team.persons.add(person)
    record("join_team", team, by=by, person=person.pk)


@action
def leave_team(team: Team, person: Person, *, by: Actor) -> None:
    """`person` leaves the team; a leader who leaves is leader no longer."""
    _require_self_or_former(team, person, by)
    team = lock(team)
    if not team.persons.filter(pk=person.pk).exists():
        raise Refused(_("%s不在队里。") % person.label)
    team.persons.remove(person)
    if team.leader_id == person.pk:
        team.leader = None
        team.save(update_fields=["leader"])
    record("leave_team", team, by=by, person=person.pk)


@action
def set_team_leader(team: Team, person: Person, *, by: Actor) -> Team:
    """Who leads the team from now on: one of its members. A leader plans what the team does, and records how it went."""
    require(by, "people.form_team", team.unit)
    team = lock(team)
    if team.disbanded_on:
        raise Refused(_("这支服务队已经解散。"))
    if not team.persons.filter(pk=person.pk).exists():
        raise Refused(_("%s不在队里，请先请入队。") % person.label, field="person")
    if team.leader_id != person.pk:
        team.leader = person
        team.save(update_fields=["leader"])
        record("set_team_leader", team, by=by, person=person.pk)
    return team


@action
def set_team_skills(team: Team, skills: Iterable[str], *, by: Actor) -> Team:
    """What the team can do (理发, 法律咨询), by its leader or whoever may form teams there. Ten at most, in the order given."""
    if by.person_id is None or team.leader_id != by.person_id:
        require(by, "people.form_team", team.unit)
    found = clean_skills(skills)
    team = lock(team)
    if team.disbanded_on:
        raise Refused(_("这支服务队已经解散。"))
    if found != team.skills:
        team.skills = found
        team.save(update_fields=["skills"])
        record("set_team_skills", team, by=by, skills=len(found))
    return team


def clean_skills(skills: Iterable[str]) -> list[str]:
    """Each once, cleaned; Refused where there are too many or one is a sentence."""
    found = list(dict.fromkeys(filter(None, map(clean_text, skills))))
    if len(found) > MOST_SKILLS or any(len(skill) > LONGEST_SKILL for skill in found):
        raise Refused(
            _("特长至多写%(n)s项，每项不超过%(m)s个字。") % {"n": MOST_SKILLS, "m": LONGEST_SKILL}, field="skills"
        )
    return found


@action
def disband_team(team: Team, *, by: Actor, on: date | None = None) -> None:
    """End the team from the day `on` (today); what it did stays."""
    require(by, "people.form_team", team.unit)
    team = lock(team)
    if team.disbanded_on:
        raise Refused(_("这支服务队已经解散。"))
    team.disbanded_on = on or clock.today()
    team.save(update_fields=["disbanded_on"])
    record("disband_team", team, by=by)


def _require_self_or_former(team: Team, person: Person, by: Actor) -> None:
    if by.person_id == person.pk:
        require(by, "people.view_team", team.unit)
    else:
        require(by, "people.form_team", team.unit)
