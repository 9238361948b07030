"""Persons, and who has looked behind their mask."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from jiequ.core.models import Key
from jiequ.core.personal import Personal, Sealed, blind, mask_id_number, mask_name, mask_phone
from jiequ.territory.models import Unit

if TYPE_CHECKING:
    from jiequ.people.models.members import Member


def clean_text(text: str) -> str:
    """One line of typed text without control characters, invisible marks or doubled spaces."""
    kept = "".join(c if unicodedata.category(c) not in {"Cc", "Cs", "Co", "Cn"} else " " for c in text)
    return " ".join(kept.replace("\u200b", "").replace("\ufeff", "").split())


def is_phone(phone: str) -> bool:
    """A mainland mobile or landline number, or a foreign one with its +code; in `phone_form`."""
    return bool(re.fullmatch(r"1[3-9]\d{9}|0\d{9,11}|\+[1-9]\d{7,14}", phone))


def is_id_number(number: str) -> bool:
    """An 18-character citizen number with a possible birthday and the right check character (GB 11643-1999)."""
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", number):
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    weighted = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(number[:17]))
    return "10X98765432"[weighted % 11] == number[17]


def phone_form(phone: str) -> str:
    """A phone number as it is kept and compared: no spaces, hyphens or 0086."""
    bare = "".join(c for c in unicodedata.normalize("NFKC", phone) if c.isascii() and (c.isdigit() or c == "+"))
    return re.sub(r"^(\+86|0086)(?=1\d{10}$|0)", "", bare)


class PersonQuerySet(models.QuerySet["Person"]):
    """Which persons."""

    def visible_to(self, account: Any) -> Self:
        """Who holds or held a post, or is a member, where `account` may look at that; and oneself.

        Sub-selects, not joins: a person with three posts is still one row, and no DISTINCT has to be sorted.
        """
        from jiequ.people.models import Appointment, Member

        posts = Appointment.objects.visible_to(account).filter(person=OuterRef("pk"))
        members = Member.objects.visible_to(account).filter(person=OuterRef("pk"))
        return self.filter(Exists(posts) | Exists(members) | Q(pk=account.person_id))

    def under(self, unit: Unit) -> Self:
        """Who holds a post today, or is a member, at or below `unit`."""
        from jiequ.people.models import Appointment, Member

        posts = Appointment.objects.in_force().under(unit).filter(person=OuterRef("pk"))
        members = Member.objects.current().under(unit).filter(person=OuterRef("pk"))
        return self.filter(Exists(posts) | Exists(members))

    def called(self, text: str) -> Self:
        """Whose name or phone number is exactly `text`: names are encrypted, so only a whole one can be looked up."""
        name, phone = "".join(text.split()), phone_form(text)
        found = Q(pk__in=[])
        if name:  # an empty index belongs to everybody without a value
            found |= Q(name_index=blind(name, "person.name"))
        if phone:
            found |= Q(phone_index=blind(phone, "person.phone"))
        return self.filter(found)

    def alike(self, name: str, phone: str) -> Self:
        """Very probably the same person: name and phone number both equal. Nobody where either is empty."""
        name, phone = "".join(name.split()), phone_form(phone)
        if not name or not phone:
            return self.none()
        return self.filter(
            name_index=blind(name, "person.name"), phone_index=blind(phone, "person.phone"), erased_at=None
        )


class Person(Key):
    """Somebody: who holds a post, is a party member, or proposes a motion. Minimum fields; the name is masked by default."""

    personal = {
        "name": Personal(why=_("称呼和联系任职人员"), mask=mask_name),
        "phone": Personal(why=_("联系本人"), mask=mask_phone),
        "id_number": Personal(why=_("核对党员身份，仅报到时使用"), mask=mask_id_number),
        "label": Personal(why=_("页面上默认显示的隐名"), mask=str),
        "email": Personal(why=_("向本人发送通知"), mask=lambda e: e[:1] + "***"),
    }
    plain = ("name_index", "phone_index")

    name = Sealed(_("姓名"))
    phone = Sealed(_("手机号"))
    id_number = Sealed(_("身份证号"))
    email = Sealed(_("电子邮箱"))
    label = models.CharField(_("隐名"), max_length=20, editable=False)
    name_index = models.CharField(max_length=40, blank=True, editable=False, db_index=True)
    phone_index = models.CharField(max_length=40, blank=True, editable=False, db_index=True)
    is_synthetic = models.BooleanField(_("虚构（演示用）"), default=False)
    erased_at = models.DateTimeField(null=True, editable=False)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("人员")

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("person", args=[self.pk])

    @property
    def phone_masked(self) -> str:
        return mask_phone(self.phone)

    @property
    def member(self) -> Member | None:
        """The membership in force, if any (one query, kept)."""
        if not hasattr(self, "_member"):
            self._member = self.memberships.current().select_related("unit").first()
        return self._member

    @property
    def journal_label(self) -> str:
        return ""  # a person is named in the journal by id alone


class Reveal(models.Model):
    """Somebody looked at a masked value, and why. The journal has the act; the words stand here, where they can be erased."""

    personal = {"reason": Personal(why=_("说明为何查看本人信息，供本人查询"), keep_days=3 * 365)}
    plain = ("field",)

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="reveals")
    field = models.CharField(_("字段"), max_length=20)
    reason = models.CharField(_("理由"), max_length=200)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("查看记录")
        indexes: ClassVar = [models.Index(fields=["person", "-id"], name="reveal_person")]

    @property
    def field_label(self) -> str:
        fields: Any = Person._meta
        return str(fields.get_field(self.field).verbose_name)
