"""One notice a week for whoever has households to contact, never one for each."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.permission import SYSTEM, Actor
from jiequ.core.writing import action
from jiequ.outreach.actions.holding import CONTACT, WAITS_FOR, contact_tasks
from jiequ.people.actions import notify_each
from jiequ.people.models import Appointment


@action
def tell_week(*, by: Actor = SYSTEM) -> int:
    """Tell each holder how many households are due by Sunday, and the members of a grid how many wait there for somebody; how many
    were told. A fixed number of statements. The tick sees to it that it happens once a week."""
    now, today = clock.now(), clock.today()
    until = clock.at(today + timedelta(days=7 - today.weekday()))
    due = contact_tasks(CONTACT).filter(due_at__lt=until).order_by()
    held = due.exclude(holder=None).values("holder").annotate(n=Count("pk"), late=Count("pk", filter=Q(due_at__lt=now)))
    waiting = dict(due.filter(holder=None).values_list("unit").annotate(n=Count("pk")))
    told: dict[int, list[str]] = defaultdict(list)
    for person, n, late in held.values_list("holder", "n", "late"):
        told[person].append(_("本周有%(n)d户到期") % {"n": n})
        if late:
            told[person].append(_("其中%(late)d户已逾期") % {"late": late})
    posts = Appointment.objects.in_force(today).filter(role=WAITS_FOR, unit__in=list(waiting))
    for person, unit in sorted(set(posts.values_list("person_id", "unit_id"))):
        told[person].append(_("网格里还有%(n)d户没人认领") % {"n": waiting[unit]})
    subjects = {person: _("重点户联系：") + _("，").join(words) for person, words in sorted(told.items())}
    notify_each(subjects, url=reverse("visits"))
    return len(subjects)
