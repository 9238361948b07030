"""Mail to complainants who left an address: that the case has moved on, and nothing of what it is about."""

from __future__ import annotations

from django.conf import settings

from jiequ.cases.models import Case, CaseMail
from jiequ.core import clock


def mail_complainants(case: Case, move: str) -> None:
    """Let those who left an address know that `move` was made on `case`; part of the action that calls it.

    No statement where mail is not configured, else two. An SMS is a way out that this house does not have.
    """
    if not settings.EMAIL_HOST:
        return
    waiting = case.complainants.filter(withdrew_at=None).exclude(email=b"")
    CaseMail.objects.bulk_create(
        CaseMail(case=case, complainant_id=key, move=move, case_state=case.state, next_try_at=clock.now())
        for key in waiting.values_list("pk", flat=True)
    )
