"""Keys that other programs call with."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from jiequ.core.labels import shows


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Which keys."""

    def valid(self, scope: str) -> Self:
        """Not revoked, and made for `scope`."""
        return self.filter(scope=scope, revoked_at=None)


class ApiKey(models.Model):
    """A client's key for an interface (`scope`). Only its blind index is kept: the key itself is shown once."""

    class Scope(models.TextChoices):
        OPEN311 = "open311", _("Open311")

    plain = ("label", "scope", "key_index")

    label = models.CharField(_("名称"), max_length=60)
    scope = models.CharField(_("范围"), max_length=20, choices=Scope)
    key_index = models.CharField(max_length=40, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_on = models.DateField(null=True)

    objects = ApiKeyQuerySet.as_manager()
    get_scope_display = shows("scope", Scope)

    class Meta:
        verbose_name = _("接口密钥")

    @property
    def journal_label(self) -> str:
        return self.label
