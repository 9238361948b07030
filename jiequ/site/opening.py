"""A subdistrict opens Jiequ: its unit, its calendar, our default rule, its posts, and one administrator. Everybody else follows on pages."""

from __future__ import annotations

import secrets

from django.utils.translation import gettext as _

from jiequ.cases.actions import seed_categories, set_default_limits
from jiequ.core import clock, workdays
from jiequ.core.permission import SYSTEM, Refused
from jiequ.core.writing import write
from jiequ.council.actions import amend_rule
from jiequ.people.actions import appoint_person, open_account, register_person
from jiequ.people.actions.posts import set_required_posts
from jiequ.territory.actions import add_unit
from jiequ.territory.models import Unit


def open_subdistrict(code: str, name: str, *, person: str, username: str) -> str:
    """Make all of it or nothing; returns the administrator's one-time password. Refused where there are units already."""
    password = secrets.token_urlsafe(12)
    with write():
        if Unit.objects.exists():
            raise Refused(_("这里已经有单位了：一个系统只开一次，其余在页面上办。"))
        root = add_unit(Unit.Kind.SUBDISTRICT, code, name, inside=None, by=SYSTEM, official_code=code)
        amend_rule(root, by=SYSTEM, name=_("街区议事规则"))
        set_default_limits(root, by=SYSTEM)
        seed_categories(by=SYSTEM)
        for year in (clock.today().year, clock.today().year + 1):
            workdays.seed(year)
        set_required_posts(by=SYSTEM)
        administrator = register_person(person, by=SYSTEM, unit=root)
        appoint_person(administrator, "admin", root, by=SYSTEM)
        open_account(administrator, username, password, by=SYSTEM, must_change=True)
    return password
