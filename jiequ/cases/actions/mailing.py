"""Mail to complainants who left an address: that their case has moved on, and nothing of what it is about.

Mail is read by others: it holds the case's number and a word for its state, no name, no word of the case and no link that
opens it. An SMS is a way out that this house does not have.
"""

from __future__ import annotations

import smtplib
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from jiequ.cases.models import Case, CaseMail, ClockChange
from jiequ.core import clock
from jiequ.core.writing import write
from jiequ.people.channels import BACKOFF

BATCH = 50
#: As the address stands in its column where there is none.
NO_ADDRESS: dict[str, Any] = {"email": b""}


def mail_complainants(case: Case, move: str) -> None:
    """Let those who left an address know that `move` was made on `case`; part of the action that calls it.

    No statement where mail is not configured, else two.
    """
    if not settings.EMAIL_HOST:
        return
    reached = case.complainants.filter(withdrew_at=None).exclude(**NO_ADDRESS)
    CaseMail.objects.bulk_create(
        CaseMail(case=case, complainant_id=key, move=move, case_state=case.state, next_try_at=clock.now())
        for key in reached.values_list("pk", flat=True)
    )


def mail_due() -> int:
    """Send what waits and is due; returns how many went out. Safe in two processes, and when it is killed: a mail is claimed by
    its number of tries, which puts off its next one, and is given up after the same five tries as a notice."""
    sent = 0
    while True:
        due = CaseMail.objects.filter(state=CaseMail.State.WAITING, next_try_at__lte=clock.now())
        rows = list(due.select_related("case", "complainant").order_by("next_try_at", "pk")[:BATCH])
        for row in rows:
            sent += _send(row)
        if len(rows) < BATCH:
            return sent


def _send(mail: CaseMail) -> bool:
    with write():
        mine = CaseMail.objects.filter(pk=mail.pk, state=CaseMail.State.WAITING, tries=mail.tries).update(
            tries=mail.tries + 1, next_try_at=clock.now() + BACKOFF[min(mail.tries, len(BACKOFF) - 1)]
        )
    if not mine:
        return False  # another process has it
    error, final = "", False
    to = mail.complainant.email
    if not to or mail.complainant.withdrew_at is not None:
        error, final = "the address was removed", True
    else:
        subject, text = words_of(mail)
        try:
            EmailMessage(subject, text, to=[to]).send()
        except (smtplib.SMTPException, OSError, ValueError) as failed:
            error = type(failed).__name__  # an SMTP error's text may quote the address
    gave_up = final or (bool(error) and mail.tries + 1 >= len(BACKOFF))
    state = CaseMail.State.FAILED if gave_up else CaseMail.State.WAITING if error else CaseMail.State.SENT
    with write():
        CaseMail.objects.filter(pk=mail.pk, tries=mail.tries + 1).update(state=state, error=error)
    return not error


def words_of(mail: CaseMail) -> tuple[str, str]:
    """Subject and text of a mail."""
    said = {
        ClockChange.Kind.PAUSE: _("暂停计时，原因在查询页面上"),
        ClockChange.Kind.EXTEND: _("延期办理，原因在查询页面上"),
    }
    state = said.get(mail.move) or str(Case.State(mail.case_state).label)  # type: ignore[call-overload]
    facts = {"number": mail.case.number, "state": state}
    return (
        _("您的诉求 %(number)s：%(state)s") % facts,
        _("您的诉求 %(number)s 有新情况：%(state)s。\n详情请打开提交时保存的查询链接。\n本邮件由系统发出，不用回复。")
        % facts,
    )
