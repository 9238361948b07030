"""Registering a person, looking behind the mask, telling a person what is held, and erasing it."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Refused, require
from jiequ.core.personal import blind, mask_name
from jiequ.core.writing import action, lock
from jiequ.people.models import (
    Account,
    Appointment,
    Exemption,
    Member,
    Notice,
    Person,
    Reveal,
    clean_text,
    is_id_number,
    is_phone,
    phone_form,
)
from jiequ.territory.models import Unit

#: The fields that `reveal_person` can open.
REVEALABLE = ("name", "phone", "id_number", "email")


class AlreadyKnown(Refused):
    """Name and phone number are those of somebody registered already: `person`. Nothing is entered twice."""

    def __init__(self, person: Person) -> None:
        super().__init__(_("这位人员已经登记过，请直接选用，不必重复录入。"), field="phone")
        self.person = person


@action
def register_person(
    name: str,
    *,
    by: Actor,
    unit: Unit,
    phone: str = "",
    id_number: str = "",
    email: str = "",
    is_synthetic: bool = False,
) -> Person:
    """Enter somebody once. `unit` is where the need arises; the post or membership follows in its own action.

    Refused names the field. AlreadyKnown where name and phone are both those of a person who is registered.
    """
    require(by, "people.register_person", unit)
    name, phone, id_number = clean_text(name), phone_form(phone), id_number.strip().upper()
    if not name or len(name) > 40:
        raise Refused(_("请填写姓名，不超过 40 个字。"), field="name")
    if phone and not is_phone(phone):
        raise Refused(_("手机号不对：请填 11 位手机号，或带区号的座机号。"), field="phone")
    if id_number and not is_id_number(id_number):
        raise Refused(_("身份证号不对：应为 18 位，请核对最后一位校验码。"), field="id_number")
    email = email.strip()
    if email:
        try:
            validate_email(email)
        except ValidationError:
            raise Refused(_("电子邮箱的格式不对，例如 name@example.cn。"), field="email") from None
    known = Person.objects.alike(name, phone).first() if phone else None
    if known:
        raise AlreadyKnown(known)
    person = Person.objects.create(
        name=name,
        phone=phone,
        id_number=id_number,
        email=email,
        label=mask_name(name),
        name_index=blind(name, "person.name"),
        phone_index=blind(phone, "person.phone"),
        is_synthetic=is_synthetic,
    )
    record("register_person", person, by=by, unit=unit)
    return person


@action
def correct_person(person: Person, *, by: Actor, unit: Unit, **changes: str) -> Person:
    """Correct name, phone, email or ID number, as the person may ask. The journal has the fields' names, not their values."""
    if by.person_id != person.pk:
        require(by, "people.register_person", unit)
        require_tied(person, unit)
    person = lock(person)
    if person.erased_at:
        raise Refused(_("这位人员的信息已按本人要求删除，不能再改。"))
    unknown = set(changes) - set(REVEALABLE)
    if unknown:
        raise ValueError(f"not a person's field: {unknown}")
    if "name" in changes:
        person.name = clean_text(changes["name"])
        if not person.name or len(person.name) > 40:
            raise Refused(_("请填写姓名，不超过 40 个字。"), field="name")
        person.label, person.name_index = mask_name(person.name), blind(person.name, "person.name")
    if "phone" in changes:
        person.phone = phone_form(changes["phone"])
        if person.phone and not is_phone(person.phone):
            raise Refused(_("手机号不对：请填 11 位手机号，或带区号的座机号。"), field="phone")
        person.phone_index = blind(person.phone, "person.phone")
    if "id_number" in changes:
        person.id_number = changes["id_number"].strip().upper()
        if person.id_number and not is_id_number(person.id_number):
            raise Refused(_("身份证号不对：应为 18 位，请核对最后一位校验码。"), field="id_number")
    if "email" in changes:
        person.email = changes["email"].strip()
        if person.email:
            try:
                validate_email(person.email)
            except ValidationError:
                raise Refused(_("电子邮箱的格式不对，例如 name@example.cn。"), field="email") from None
    person.save()
    record("correct_person", person, by=by, unit=unit, fields=sorted(changes))
    return person


@action
def reveal_person(person: Person, field: str, *, by: Actor, unit: Unit, reason: str, about: Any = None) -> str:
    """The whole value of a masked field, against a reason of at least four characters.

    `unit` is where the need arises. The person must belong to it (a post held there or a membership, now or before), or be
    known through `about`, a thing of that unit such as a motion they proposed: nobody can open a stranger's number by
    naming a unit of their own. The journal gets the field's name; the reason's words are kept where they can be erased.
    """
    if field not in REVEALABLE:
        raise ValueError(f"{field} is not a field that is masked")
    require(by, "people.reveal_person", unit)
    reason = clean_text(reason)
    if len(reason) < 4:
        raise Refused(_("请写明查看的理由，至少 4 个字。"), field="reason")
    if about is None:
        require_tied(person, unit)
    elif about.unit.pk != unit.pk:
        raise ValueError("the thing the person is known through lies in another unit")
    Reveal.objects.create(
        person=person, field=field, reason=reason[:200], by_id=by.person_id, unit=unit, at=clock.now()
    )
    record("reveal_person", person, by=by, unit=unit, field=field)
    return str(getattr(person, field))


def require_tied(person: Person, unit: Unit) -> None:
    """Refuse unless `person` holds or held a post, or is or was a member, at or below `unit`."""
    tied = (
        Appointment.objects.filter(person=person).under(unit).exists()
        or Member.objects.filter(person=person).under(unit).exists()
    )
    if not tied:
        raise Refused(_("这位人员不在您负责的范围内。请到其任职或报到的单位办理。"))


def what_is_held(person: Person, *, masked: bool = True) -> list[dict[str, Any]]:
    """Everything kept about `person`, with why: what a person is shown who asks (PIPL art. 45). Unmasked to themselves only."""
    held: list[dict[str, Any]] = [
        {
            "what": cast("models.Field[Any, Any]", Person._meta.get_field(name)).verbose_name,
            "value": declared.mask(getattr(person, name)) if masked else getattr(person, name),
            "why": declared.why,
        }
        for name, declared in Person.personal.items()
        if name != "label" and getattr(person, name)
    ]
    for membership in person.memberships.select_related("unit"):
        said = f"{membership.unit} · {membership.get_source_display()} · {membership.home_organisation}"
        held.append({"what": _("报到党员"), "value": said, "why": _("安排服务和包楼栋，统计参与率")})
    for post in person.appointments.select_related("unit"):
        held.append({"what": _("任职"), "value": str(post), "why": _("履行职务，公开岗位")})
    for team in person.teams.all():
        held.append({"what": _("服务队"), "value": team.name, "why": _("组织服务")})
    notices = person.notices.count()
    if notices:
        held.append({"what": _("通知"), "value": _("%d 条") % notices, "why": _("告知办理情况")})
    seen = person.reveals.count()
    if seen:
        held.append({"what": _("查看记录"), "value": _("%d 次") % seen, "why": _("备查：谁在何时为何查看过")})
    account = Account.objects.filter(person=person).first()
    if account:
        held.append({"what": _("账号"), "value": account.username, "why": _("登录")})
    return held


@action
def erase_person(person: Person, *, by: Actor, unit: Unit) -> None:
    """Empty everything that says who `person` is. Posts held stay, by id, because what was decided then stays decided.

    Refused while a post or membership is in force: end it first, so that nobody loses a councillor by a privacy request.
    """
    require(by, "people.erase_person", unit)
    require_tied(person, unit)
    person = lock(person)
    if person.erased_at:
        raise Refused(_("这位人员的信息已经删除。"))
    if Appointment.objects.in_force().filter(person=person).exists() or person.member:
        raise Refused(_("还有在任职务或报到关系，请先办理离任或转出，再删除个人信息。"))
    Person.objects.filter(pk=person.pk).update(
        name=b"",
        phone=b"",
        id_number=b"",
        email=b"",
        label=_("（已删除）"),
        name_index="",
        phone_index="",
        erased_at=clock.now(),
    )
    Appointment.objects.filter(person=person).update(note="")
    Member.objects.filter(person=person).update(home_organisation="", skills=[], post_category="")
    Exemption.objects.filter(member__person=person).update(reason=Exemption.Reason.OTHER)
    Notice.objects.filter(person=person).delete()
    Reveal.objects.filter(person=person).update(reason="")
    for account in Account.objects.filter(person=person):
        account.totpdevice_set.all().delete()
        account.username, account.is_active = f"erased-{account.pk}", False
        account.set_unusable_password()
        account.save()
    record("erase_person", person, by=by, unit=unit)


def home_units(person: Person, on: date | None = None) -> list[Unit]:
    """The units that somebody must answer for to act on the person as such (their account, say): where posts are held,
    else where the membership is, else where the last post was, else the whole subdistrict."""
    posts = Appointment.objects.in_force(on).filter(person=person).select_related("unit")
    units = [post.unit for post in posts]
    if not units and person.member:
        units = [person.member.unit]
    if not units:
        last = Appointment.objects.filter(person=person).select_related("unit").order_by("-starts_on").first()
        units = [last.unit] if last else list(Unit.objects.filter(Q(depth=1))[:1])
    return units
