"""The ways out of the house for a notice: one interface, `send(delivery)`, and the channels that are configured.

Nothing personal leaves: a message says that there is something to do and where, never about whom. The body goes out only
where the notice says that it may (`leaves`): what is announced to a whole council, such as a meeting and its topics.
"""

from __future__ import annotations

import json
import smtplib
import urllib.error
import urllib.request
from collections.abc import Iterable
from datetime import timedelta
from email.mime.text import MIMEText
from typing import Any, Protocol

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.writing import write
from jiequ.people.models import Account, Delivery, Notice, Person

TIMEOUT = 10  # seconds a channel may take
#: How long a claimed delivery belongs to its sender before another may try, by the number of tries so far; then it is
#: given up.
BACKOFF = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 720))
BATCH = 50
MOST = 2048  # bytes that a group robot takes in one message


class Undelivered(Exception):
    """The channel could not take the message; the text says why, without personal data."""


class Channel(Protocol):
    code: str

    def is_configured(self) -> bool: ...

    def reaches(self, persons: Iterable[int]) -> set[int]:
        """Which of `persons` this channel can reach: one statement."""
        ...

    def send(self, delivery: Delivery) -> None:
        """Hand the message over, or raise Undelivered."""
        ...


class Email:
    code = "email"

    def is_configured(self) -> bool:
        return bool(settings.EMAIL_HOST)

    def reaches(self, persons: Iterable[int]) -> set[int]:
        empty: dict[str, Any] = {"email": b""}  # as it stands in the column
        return set(Person.objects.filter(pk__in=persons).exclude(**empty).values_list("pk", flat=True))

    def send(self, delivery: Delivery) -> None:
        to = delivery.notice.person.email
        if not to:
            raise Undelivered("the address was removed")
        message = EmailMessage(delivery.notice.subject.replace("\n", " "), text(delivery.notice), to=[to])
        if delivery.notice.calendar:
            message.attach(invitation(delivery.notice.calendar))
        try:
            message.send()
        except (smtplib.SMTPException, OSError) as error:
            raise Undelivered(type(error).__name__) from error  # an SMTP error's text may quote the address


class Webhook:
    """A group robot in the manner of WeCom (企业微信): a JSON POST. Persons are mentioned by their user name there."""

    code = "webhook"

    def is_configured(self) -> bool:
        return bool(settings.WEBHOOK_URL)

    def reaches(self, persons: Iterable[int]) -> set[int]:
        return set(Account.objects.filter(person_id__in=persons, is_active=True).values_list("person_id", flat=True))

    def send(self, delivery: Delivery) -> None:
        account = Account.objects.filter(person_id=delivery.notice.person_id).first()
        content = {"content": text(delivery.notice, most=MOST), "mentioned_list": [account.username] if account else []}
        request = urllib.request.Request(
            settings.WEBHOOK_URL,
            data=json.dumps({"msgtype": "text", "text": content}, ensure_ascii=False).encode(),
            headers={"Content-Type": "application/json; charset=utf-8"},
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                said = json.loads(answer.read(10_000) or b"{}")
        except (urllib.error.URLError, OSError, ValueError) as error:
            raise Undelivered(f"{type(error).__name__}: {getattr(error, 'code', '')}".strip(": ")) from error
        if isinstance(said, dict) and said.get("errcode"):
            raise Undelivered(f"errcode {said['errcode']}")


CHANNELS: dict[str, Channel] = {channel.code: channel for channel in (Email(), Webhook())}


def configured() -> list[Channel]:
    return [channel for channel in CHANNELS.values() if channel.is_configured()]


def reachable(persons: list[int], channels: Iterable[Channel]) -> dict[str, set[int]]:
    """{channel's code: the persons it reaches}."""
    return {channel.code: channel.reaches(persons) for channel in channels}


def send(delivery: Delivery) -> str:
    """Send one delivery; the reason when it did not go out, else an empty string."""
    channel = CHANNELS.get(delivery.channel)
    if channel is None or not channel.is_configured():
        return "the channel is not configured"
    try:
        channel.send(delivery)
    except Undelivered as error:
        return str(error) or "undelivered"
    return ""


def text(notice: Notice, most: int = 0) -> str:
    """The subject, the body where it may leave the house, and where to read the rest; in `most` bytes, where given, by
    cutting lines off the end of the body."""
    host = settings.ALLOWED_HOSTS[0].lstrip(".") if settings.ALLOWED_HOSTS else ""
    link = f"https://{host}{notice.url or '/notices/'}" if host and host != "*" else ""
    where = link or _("请登录街区系统查看。")
    lines = notice.body.splitlines() if notice.leaves else []
    while True:
        whole = "\n".join(line for line in (notice.subject, *lines, where) if line)
        if not lines or not most or len(whole.encode()) <= most:
            return whole
        lines = [*lines[:-2], "……"] if len(lines) > 1 else []


def invitation(calendar: str) -> MIMEText:
    """The part of an e-mail that calendars read: the method stands in its type too, as RFC 6047 asks."""
    method = next((line.split(":", 1)[1] for line in calendar.splitlines() if line.startswith("METHOD:")), "PUBLISH")
    part = MIMEText(calendar, "calendar", "utf-8")
    part.set_param("method", method.strip())
    part.add_header("Content-Disposition", "attachment", filename="meeting.ics")
    return part


def deliver_due() -> int:
    """Send what waits and is due; returns how many went out. Safe in two processes at once.

    A delivery is claimed by compare-and-set on its number of tries, which also puts off its next try: a sender that is
    killed leaves a row that becomes due again. Sending itself happens outside any transaction.
    """
    sent = 0
    while True:
        due = Delivery.objects.filter(state=Delivery.State.WAITING, next_try_at__lte=clock.now())
        rows = list(due.select_related("notice__person").order_by("next_try_at")[:BATCH])
        for row in rows:
            sent += _deliver(row)
        if len(rows) < BATCH:
            return sent


def _deliver(row: Delivery) -> bool:
    with write():
        mine = Delivery.objects.filter(pk=row.pk, state=Delivery.State.WAITING, tries=row.tries).update(
            tries=row.tries + 1, next_try_at=clock.now() + BACKOFF[min(row.tries, len(BACKOFF) - 1)]
        )
    if not mine:
        return False  # another process has it
    error = send(row)
    gave_up = error and row.tries + 1 >= len(BACKOFF)
    state = Delivery.State.FAILED if gave_up else Delivery.State.WAITING if error else Delivery.State.SENT
    with write():
        Delivery.objects.filter(pk=row.pk, tries=row.tries + 1).update(state=state, error=error[:200])
    return not error
