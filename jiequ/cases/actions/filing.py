"""A case comes in: placed, timed, given to somebody, all in the request that brings it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection
from django.utils.translation import gettext as _

from jiequ.cases.actions.limits import limit_for
from jiequ.cases.actions.photos import keep_photos
from jiequ.cases.actions.telling import tell_persons
from jiequ.cases.models import Case, CaseCategory, CaseNumber, Complainant, Duty, Handler, Kind, kept_from
from jiequ.cases.routing import Desk, Routed, desk_for, handler_for
from jiequ.core import clock, workdays
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Refused, require
from jiequ.core.personal import blind, hide_numbers
from jiequ.core.pictures import Picture
from jiequ.core.writing import action
from jiequ.people.models import Person, phone_form
from jiequ.territory.models import Unit
from jiequ.work.actions import open_task

LONGEST = 4000  # characters of a body: Open311's; forms ask for less and say so


@dataclass(frozen=True)
class Filed:
    """A case as it was filed; `secret` opens its follow-up link. `is_new` is false where the same sending came again."""

    case: Case
    secret: str
    is_new: bool = True


def file_case(routed: Routed, category: CaseCategory, *, by: Actor, once: str = "", **given: Any) -> Filed:
    """Enter a case, as `enter_case` does. Of two sendings with one `once` at the same moment the second gets the first's case:
    what it had begun to write is taken back, and the case that is there is read."""
    try:
        return enter_case(routed, category, by=by, once=once, **given)
    except IntegrityError:
        there = Case.objects.filter(once_key=blind(once, "case.once")).first() if once else None
        if there is None:
            raise
        return Filed(there, secret_of(once), is_new=False)


@action
def enter_case(
    routed: Routed,
    category: CaseCategory,
    *,
    by: Actor,
    body: str,
    kind: str = "",
    place: str = "",
    longitude: float | None = None,
    latitude: float | None = None,
    answers: dict[str, Any] | None = None,
    source: str = Case.Source.WEB,
    is_urgent: bool = False,
    name: str = "",
    phone: str = "",
    email: str = "",
    complained_of: Person | None = None,
    complained_handler: Handler | None = None,
    photos: Sequence[Picture] = (),
    once: str = "",
) -> Filed:
    """Enter a case, place it, set its clock and give it to whoever takes it in. At most 15 statements without photos.

    `name`, `phone` and `email` are the complainant's own choice to leave; a clerk who files for somebody enters theirs.
    `once` is a key that the sender makes: the same key again gives the same case and the same link, and files nothing.
    """
    require(by, "cases.file_case", routed.unit)
    body = body.strip()
    if not body:
        raise Refused(_("还差一句话：请写下发生了什么。"), field="body")
    once_key = blind(once, "case.once") if once else None
    secret = secret_of(once)
    if once_key and (there := Case.objects.filter(once_key=once_key).first()) is not None:
        return Filed(there, secret, is_new=False)
    now, today = clock.now(), clock.today()
    kind = kind or category.kind
    if kind not in Kind.values:
        raise Refused(_("请选种类。"), field="kind")
    limit = limit_for(routed.unit, category, kind, today)
    urgent = is_urgent or category.is_urgent
    case = Case(
        filed_in=routed.desk,
        filed_on=today,
        unit=routed.unit,
        block=routed.block,
        building=routed.building,
        category=category,
        kind=kind,
        title=title_of(body),
        body=body[:LONGEST],
        place=" ".join(hide_numbers(place).split())[:80],
        longitude=longitude,
        latitude=latitude,
        answers=answers or {},
        source=source,
        is_urgent=urgent,
        triage=routed.triage,
        proposed_id=None if routed.triage else handler_for(routed.unit, category, today),
        complained_of=complained_of,
        complained_handler=complained_handler,
        limit=limit,
        filed_by_id=by.person_id,
        once_key=once_key,
        filed_at=now,
        dispatch_due_at=now + timedelta(minutes=limit.urgent_minutes if urgent else limit.dispatch_minutes),
        contact_due_at=now + timedelta(hours=limit.contact_hours),
        due_at=workdays.due(now, workdays=limit.workdays),
    )
    if case.proposed_id is not None and case.proposed_id == case.complained_handler_id:
        case.proposed_id = None
    case.sequence = _next_number(routed.desk, today)
    case.search_text = searchable(case)
    case.save(force_insert=True)
    add_complainant(case, by=by, name=name, phone=phone, email=email, secret=secret, joined_at=now)
    keep_photos(case, photos, by=by)
    record("file", case, by=by, source=source, category=category.code, triage=routed.triage, photos=len(photos))
    ask_to_take_in(case, routed, by)
    return Filed(case, secret)


def add_complainant(
    case: Case,
    *,
    by: Actor,
    name: str = "",
    phone: str = "",
    email: str = "",
    secret: str = "",
    came_with: Case | None = None,
    joined_at: datetime | None = None,
) -> Complainant:
    """Enter who brought `case` (`joined_at` is then its own time), or joined it; part of the action that calls it."""
    number = phone_form(phone)
    complainant = Complainant(
        case=case,
        came_with=came_with,
        name=name.strip()[:40],
        phone=number,
        email=email.strip()[:120],
        phone_index=blind(number, "complainant.phone"),
        token_index=blind(secret, "complainant") if secret else "",
        joined_at=joined_at or clock.now(),
    )
    complainant.save(force_insert=True)
    return complainant


def title_of(body: str) -> str:
    """The first sentence, as a title: at most 60 characters, without mobile and identity numbers."""
    line = " ".join(hide_numbers(body).split())
    for mark in "。！？!?；;":
        line = line.split(mark)[0] or line
    return line[:60]


def searchable(case: Case) -> str:
    """Title, place and number in one normal form, for LIKE within a scope."""
    return unicodedata.normalize("NFKC", f"{case.title} {case.place} {case.number}").casefold()[:170]


def secret_of(once: str) -> str:
    """What opens the follow-up link. Made from `once` where there is one, so that the same sending gets the same link."""
    if not once:
        return secrets.token_urlsafe(16)
    digest = hmac.new(settings.KEYS.blind, f"case.secret:{once}".encode(), hashlib.sha256).hexdigest()
    return digest[:32]


def _next_number(unit: Unit, day: date) -> int:
    """The next number of `unit` on `day`: two that file at once get one after the other. One statement."""
    table = connection.ops.quote_name(CaseNumber._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (unit_id, day, last) VALUES (%s, %s, 1)"
            f" ON CONFLICT (unit_id, day) DO UPDATE SET last = {table}.last + 1 RETURNING last",
            [unit.pk, day],
        )
        return int(cursor.fetchone()[0])


def ask_to_take_in(case: Case, routed: Routed, by: Actor) -> None:
    """The task of whoever takes cases in at that desk: on the rota, else the holders of its post. Where nobody holds it, or
    only somebody the case complains of, the next desk up has it in the same request, and that is on record.
    """
    barred = kept_from(case)
    rota = Duty.objects.in_force(clock.today()).filter(handler__unit=routed.desk, handler__role=routed.receiver)
    duty = rota.only("person", "stand_in", "is_away").order_by("-starts_on").first()
    on_duty = duty.on_duty_id if duty is not None and duty.on_duty_id not in barred else None
    words = _("紧急诉求：%(what)s") if case.is_urgent else _("新诉求：%(what)s")
    if on_duty is not None:
        desk = Desk(routed.desk, routed.receiver, [on_duty], on_duty)
    else:
        desk = desk_for(routed.desk, besides=barred)
    open_task(
        "cases.accept", case.task_title, unit=desk.unit, about=case, role=desk.role,
        holder=Person(pk=desk.holder) if desk.holder is not None else None, due_at=case.dispatch_due_at, by=by,
    )  # fmt: skip
    tell_persons(case, words, desk.persons, by=by)
    if desk.unit.pk != routed.desk.pk:
        record("climb", case, by=by, unit_code=desk.unit.code)
