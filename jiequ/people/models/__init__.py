"""Persons, their accounts, the posts they hold, party members, teams, and what they are told."""

from jiequ.people.models.accounts import Account
from jiequ.people.models.appointments import Appointment, Post, RequiredPost
from jiequ.people.models.members import BuildingAssignment, Exemption, Member
from jiequ.people.models.notices import Delivery, Notice
from jiequ.people.models.persons import Person, Reveal, clean_text, is_id_number, is_phone, phone_form
from jiequ.people.models.teams import Team

__all__ = [
    "Account",
    "Appointment",
    "BuildingAssignment",
    "Delivery",
    "Exemption",
    "Member",
    "Notice",
    "Person",
    "Post",
    "RequiredPost",
    "Reveal",
    "Team",
    "clean_text",
    "is_id_number",
    "is_phone",
    "phone_form",
]
