"""What the tick does about wishes: claims that were not connected in time are released, and people are reminded; whoever
closes a round whose last day is over has a task. Four statements when nothing is due.

Nothing is remembered here. Each wish is a transaction of its own, held before its claims are looked at: a run that is killed leaves
the rest due, and two at once find nothing left to do. No wish is ever confirmed by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.permission import SYSTEM, Actor, Overtaken
from jiequ.core.writing import write
from jiequ.outreach.actions.claims import CONNECT, release_claim
from jiequ.outreach.actions.rounds import ask_to_close
from jiequ.outreach.actions.wish_people import CONFIRM, hold
from jiequ.outreach.models import OutreachRule, Wish, WishClaim
from jiequ.people.actions import notify
from jiequ.work.actions.whose import who_must
from jiequ.work.models import Reminder, Task

BATCH = 100
CLAIM, WISH = "outreach.wishclaim", "outreach.wish"


def sweep_wishes(*, by: Actor = SYSTEM) -> int:
    """Take all that is due; returns how many things were done."""
    return release_late(by) + remind_claimers(by) + remind_confirmers(by) + ask_to_close(by)


def release_late(by: Actor) -> int:
    """Claims whose time to connect is over. Where the claimer's task was put off, the claim's time goes with it."""
    due = WishClaim.objects.filter(state=WishClaim.State.HELD, connect_due_at__lt=clock.now())

    def take(wish: Wish) -> int:
        late = list(due.filter(wish=wish).select_related("person", "team").order_by("connect_due_at", "pk"))
        tasks = Task.objects.open().filter(verb=CONNECT, about_kind=CLAIM, about_id__in=[c.pk for c in late])
        until = dict(tasks.filter(due_at__gte=clock.now()).values_list("about_id", "due_at"))
        for claim in late:
            claim.wish = wish
            if claim.pk in until:
                WishClaim.objects.filter(pk=claim.pk).update(connect_due_at=until[claim.pk])
            else:
                release_claim(claim, by=by)
        return len(late)

    return _each(due, "wish_id", take)


def remind_claimers(by: Actor) -> int:
    """Once for each due time, as many days before it as the wish's rule says. One notice a claim."""
    made = 0
    now = clock.now()
    for days in _terms("connect_reminder_days"):
        mine = WishClaim.objects.filter(pk=OuterRef("about_id"), wish__rule__connect_reminder_days=days)
        soon = Reminder.objects.filter(task=OuterRef("pk"), kind=Reminder.Kind.SOON, sent_at__lt=OuterRef("due_at"))
        tasks = Task.objects.open().exclude(Exists(soon))  # every task is told of one working day before its end
        tasks = tasks.filter(
            Exists(mine), verb=CONNECT, about_kind=CLAIM, due_at__gte=now, due_at__lt=now + timedelta(days=days)
        )
        made += _remind(
            tasks, Reminder.Kind.EARLY, lambda t: t.due_at.isoformat(), _("还没对接的心愿快到期了：%(title)s")
        )
    return made


def remind_confirmers(by: Actor) -> int:
    """Nobody has confirmed in time: whoever should ask is reminded, and again after as many days, until somebody has an answer."""
    made = 0
    now = clock.now()
    for days in _terms("confirm_days"):
        mine = Wish.objects.filter(pk=OuterRef("about_id"), rule__confirm_days=days)
        told = Reminder.objects.filter(task=OuterRef("pk"), sent_at__gt=now - timedelta(days=days))
        tasks = Task.objects.open().filter(Exists(mine), verb=CONFIRM, about_kind=WISH, due_at__lt=now)
        tasks = tasks.exclude(Exists(told))
        made += _remind(
            tasks, Reminder.Kind.LATE, lambda t: clock.today().isoformat(), _("请问问心愿人，再确认心愿：%(title)s")
        )
    return made


def _remind(tasks: Any, kind: str, occasion: Callable[[Task], str], subject: str) -> int:
    made, after = 0, 0
    while True:
        with write():
            batch = list(tasks.filter(pk__gt=after).order_by("pk")[:BATCH])
            if not batch:
                return made
            after = batch[-1].pk
            for task in batch:
                _row, new = Reminder.objects.get_or_create(
                    task=task, kind=kind, occasion=occasion(task)[:40], defaults={"sent_at": clock.now()}
                )
                if new:
                    notify(who_must(task), subject % {"title": task.title}, url=task.get_absolute_url())
                    made += 1


def _terms(name: str) -> list[int]:
    """The different values a term has among all rules: a handful."""
    return sorted(set(OutreachRule.objects.values_list(name, flat=True).distinct()))


def _each(due: Any, key: str, take: Callable[[Wish], int]) -> int:
    """Each wish with something due, in a transaction of its own, by number."""
    done, after = 0, 0
    while True:
        keys = list(due.filter(**{f"{key}__gt": after}).order_by(key).values_list(key, flat=True).distinct()[:BATCH])
        if not keys:
            return done
        for pk in keys:
            with write():
                wish = Wish.objects.select_related("unit", "rule").get(pk=pk)
                try:
                    done += take(hold(wish))
                except Overtaken:
                    continue
        after = keys[-1]
