"""Practical deeds (办实事): recorded in one line, taken back by whoever recorded them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import kind_of, record
from jiequ.core.permission import Actor, Refused, require
from jiequ.core.personal import blind, has_personal_number
from jiequ.core.writing import action, lock
from jiequ.outreach.actions.records import forget_service, note_service
from jiequ.outreach.models import Deed, ServiceRecord
from jiequ.people.models import Person, Team, clean_text
from jiequ.territory.models import Unit

#: How long what is typed may be, and how many may be told of at once.
LONGEST = {"title": 60, "note": 300}
MOST_PERSONS, MOST_PEOPLE = 60, 100_000


@action
def record_deed(
    unit: Unit,
    *,
    by: Actor,
    title: str,
    category: str = Deed.Category.OTHER,
    on: date | None = None,
    note: str = "",
    people: int | None = None,
    team: Team | None = None,
    persons: Iterable[Person] = (),
    about: models.Model | None = None,
    once: str = "",
) -> Deed:
    """Record a deed of `persons` (of whoever records it, where neither they nor a team are named) in `unit`, on the day `on` (today).

    `people` is how many had something of it (人次), left out where nobody counted. `about` is the visit, wish, case or motion it came
    out of. `once` is a word of the form that was sent: the same sending tried again gives the same deed. Refused names the field.
    """
    require(by, "outreach.record_deed", unit)
    once_key = blind(once, "deed.once") if once else None
    if once_key and (there := Deed.objects.filter(once_key=once_key, by_id=by.person_id).first()) is not None:
        return there
    title, note = check_words(title, note)
    on = check_day(on)
    if category not in Deed.Category.values:
        raise Refused(_("请选择类别。"), field="category")
    if people is not None and not 0 <= people <= MOST_PEOPLE:
        raise Refused(_("受益人次请填 0 到 %(n)s 之间的数，没有数过可以不填。") % {"n": MOST_PEOPLE}, field="people")
    did = {p.pk for p in persons if p.erased_at is None}
    if not did and team is None and by.person_id is not None:
        did = {by.person_id}
    if not did and team is None:
        raise Refused(_("请选择是谁办的。"), field="persons")
    if len(did) > MOST_PERSONS:
        raise Refused(_("一次最多选 %(n)s 人。人多的，请写服务队。") % {"n": MOST_PERSONS}, field="persons")
    deed = Deed(
        unit=unit, on=on, title=title, category=category, note=note, people=people, team=team,
        about_kind=kind_of(about) if about is not None else "", about_id=about.pk if about is not None else None,
        by_id=by.person_id, recorded_at=clock.now(), once_key=once_key,
    )  # fmt: skip
    try:
        with transaction.atomic():
            deed.save(force_insert=True)
    except IntegrityError:  # the other of two sendings was first
        return Deed.objects.get(once_key=once_key)
    Deed.persons.through.objects.bulk_create(
        Deed.persons.through(deed_id=deed.pk, person_id=person) for person in sorted(did)
    )
    note_service(did, deed, unit=unit, on=on, kind=ServiceRecord.Kind.DEED)
    record("record", deed, by=by, category=category, persons=len(did), about=deed.about_kind)
    return deed


@action
def withdraw_deed(deed: Deed, *, by: Actor) -> Deed:
    """Take a deed back: it counts no more, and leaves the service records. By whoever recorded it, or who coordinates there."""
    if by.person_id is None or by.person_id != deed.by_id:
        require(by, "outreach.withdraw_deed", deed.unit)
    deed = lock(deed)
    if deed.withdrawn_at is not None:
        raise Refused(_("这件实事已经撤回。"))
    deed.withdrawn_at = clock.now()
    deed.save(update_fields=["withdrawn_at"])
    forget_service(deed)
    record("withdraw", deed, by=by)
    return deed


def check_words(title: str, note: str) -> tuple[str, str]:
    """Title and note as they are kept. The title is read by everybody in the block: no number of a person in it."""
    title, note = clean_text(title), clean_text(note)
    if not title:
        raise Refused(_("请写办了什么，一句话就够。"), field="title")
    for field, text in (("title", title), ("note", note)):
        if len(text) > LONGEST[field]:
            raise Refused(_("请写在 %(n)s 个字以内。") % {"n": LONGEST[field]}, field=field)
    if has_personal_number(title):
        raise Refused(_("标题里有电话或证件号，请去掉；需要记的写在“补充”里，补充是加密的。"), field="title")
    return title, note


def check_day(on: date | None) -> date:
    """The day something was done: today, or before."""
    on = on or clock.today()
    if on > clock.today():
        raise Refused(_("日期不能晚于今天。"), field="on")
    return on


@action
def note_deed_export(unit: Unit, *, by: Actor, rows: int) -> None:
    """A list of deeds left the house as a file: of which unit, how many. It holds neither notes nor names."""
    require(by, "overview.export_figures", unit)
    record("export_deeds", unit, by=by, rows=rows)
