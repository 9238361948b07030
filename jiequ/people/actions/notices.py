"""Telling people: the in-app notice, and the outbox for the channels that are configured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jiequ.core import clock
from jiequ.core.writing import action
from jiequ.people import channels
from jiequ.people.models import Account, Delivery, Notice, Person


@action
def notify(
    persons: Iterable[Person | int | None],
    subject: str,
    *,
    body: str = "",
    url: str = "",
    leaves: bool = False,
    calendar: str = "",
) -> None:
    """Tell `persons` (or their ids) something, inside the action that gave cause. Two or three statements, however many.

    `subject` goes through outside channels; so does `body` where it `leaves` the house, and `calendar` (an invitation,
    RFC 5545) by e-mail. None of them may hold anybody's personal data: names only masked.
    """
    ids = list(dict.fromkeys(p.pk if isinstance(p, Person) else p for p in persons if p is not None))
    _send(dict.fromkeys(ids, str(subject)), body=str(body), url=url, leaves=leaves, calendar=calendar)


@action
def notify_each(subjects: Mapping[int, str], *, url: str = "") -> None:
    """Tell each person (by id) something of their own, inside the action that gave cause. Two or three statements, however many."""
    _send(subjects, url=url)


def _send(
    subjects: Mapping[int, str], *, body: str = "", url: str = "", leaves: bool = False, calendar: str = ""
) -> None:
    if not subjects:
        return
    now = clock.now()
    notices = Notice.objects.bulk_create(
        Notice(
            person_id=pk, subject=subject[:120], body=body, url=url, leaves=leaves, calendar=calendar, created_at=now
        )
        for pk, subject in subjects.items()
    )
    configured = channels.configured()
    if not configured:
        return
    wanted = channels.reachable(list(subjects), configured)
    Delivery.objects.bulk_create(
        Delivery(notice=notice, channel=channel.code, next_try_at=now)
        for notice in notices
        for channel in configured
        if notice.person_id in wanted[channel.code]
    )


@action
def mark_notices_read(account: Account, notices: Iterable[Notice] | None = None) -> int:
    """Mark the account's own unread notices (all of them, or `notices`) as read; returns how many."""
    mine = Notice.objects.visible_to(account).unread()
    if notices is not None:
        mine = mine.filter(pk__in=[n.pk for n in notices])
    return mine.update(read_at=clock.now())
