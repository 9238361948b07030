"""Who brought a case, and the number it is called by."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from jiequ.cases.models.cases import Case
from jiequ.core.models import Key
from jiequ.core.personal import Personal, Sealed, mask_name, mask_phone
from jiequ.people.models import Person
from jiequ.territory.models import Unit


class Complainant(Key):
    """Who brought a case, or joined it (我也遇到): anonymous if they like, with a secret link either way.

    When a case is merged its complainants go with it, so nobody loses the thread.
    """

    personal = {
        "name": Personal(why=_("称呼诉求人"), mask=mask_name, keep_days=365),
        "phone": Personal(why=_("联系诉求人、回访"), mask=mask_phone, keep_days=365),
        "email": Personal(why=_("把进展发给诉求人"), mask=lambda e: e[:1] + "***", keep_days=365),
    }
    plain = ("token_index", "phone_index")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="complainants")
    came_with = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    name = Sealed(_("称呼"))
    phone = Sealed(_("手机号"))
    email = Sealed(_("电子邮箱"))
    phone_index = models.CharField(max_length=40, blank=True, db_index=True)
    token_index = models.CharField(max_length=40, blank=True, db_index=True)
    joined_at = models.DateTimeField()
    withdrew_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("诉求人")

    @property
    def label(self) -> str:
        """As shown: masked."""
        if self.person is not None:
            return self.person.label
        return mask_name(self.name) or str(_("匿名"))

    @property
    def phone_masked(self) -> str:
        return mask_phone(self.phone)

    @property
    def is_anonymous(self) -> bool:
        return self.person_id is None and not (self.name or self.phone or self.email)


class CaseNumber(models.Model):
    """The last number that was given in a unit on a day."""

    plain = ()

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    last = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("诉求编号")
        constraints: ClassVar = [models.UniqueConstraint(fields=["unit", "day"], name="case_numbers_of_a_day")]
