"""Who looked at a complainant's name or number, and why."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from jiequ.cases.models.cases import Case
from jiequ.cases.models.complainants import Complainant
from jiequ.core.personal import Personal
from jiequ.people.models import Person


class ComplainantReveal(models.Model):
    """Somebody looked at a complainant's masked value. The journal has the act; the words stand here, where they can be erased."""

    personal = {"reason": Personal(why=_("说明为何查看诉求人信息"), keep_days=3 * 365)}
    plain = ("field",)

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="reveals")
    complainant = models.ForeignKey(Complainant, on_delete=models.CASCADE, related_name="reveals", db_index=False)
    field = models.CharField(_("字段"), max_length=10)
    reason = models.CharField(_("理由"), max_length=200)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("查看诉求人记录")
        indexes: ClassVar = [models.Index(fields=["complainant", "-id"], name="complainant_reveal")]
