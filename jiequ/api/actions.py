"""Every write of the interfaces: keys, and what comes in by them."""

from __future__ import annotations

import secrets
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from jiequ.api.models import ApiKey
from jiequ.cases.actions import Filed, file_case
from jiequ.cases.models import Case, CaseCategory
from jiequ.cases.routing import Routed
from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.personal import blind
from jiequ.core.writing import action
from jiequ.territory.models import Unit

PURPOSE = "api.key"


class Client:
    """Whoever calls with a key: files requests for others, and may do nothing else."""

    person_id: int | None = None

    def __init__(self, key: ApiKey) -> None:
        self.key = key

    def may(self, permission: str, unit: Any) -> bool:
        return permission == "cases.file_case" and self.key.scope == ApiKey.Scope.OPEN311

    def __repr__(self) -> str:
        return f"<key {self.key.pk}>"


@action
def create_key(label: str, *, by: Actor, scope: str = ApiKey.Scope.OPEN311) -> tuple[ApiKey, str]:
    """A new key and its text, which nobody can read again: only its blind index is kept."""
    require(by, "api.manage_keys", _root())
    label = " ".join(label.split())
    if not label or len(label) > 60:
        raise Refused(_("请给密钥起一个名称，不超过60个字。"), field="label")
    if scope not in ApiKey.Scope.values:
        raise Refused(_("没有这个范围。"), field="scope")
    text = f"jiequ-{secrets.token_hex(24)}"  # hexadecimal: the blind index does not tell case apart
    key = ApiKey.objects.create(label=label, scope=scope, key_index=blind(text, PURPOSE), created_at=clock.now())
    record("create", key, by=by, unit=_root(), scope=scope)
    return key, text


@action
def revoke_key(key: ApiKey, *, by: Actor) -> ApiKey:
    """From now on it opens nothing; what came in by it stays."""
    require(by, "api.manage_keys", _root())
    if not ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=clock.now()):
        raise Overtaken(_("这个密钥已经停用了。"))
    key.revoked_at = clock.now()
    record("revoke", key, by=by, unit=_root())
    return key


@action
def file_request(key: ApiKey, routed: Routed, category: CaseCategory, *, by: Actor, body: str, **more: Any) -> Filed:
    """A case that a client brings, and a line in the journal that says which key brought it. `by` is the `Client`."""
    filed = file_case(routed, category, by=by, body=body, source=Case.Source.OPEN311, **more)
    today = clock.today()
    ApiKey.objects.filter(Q(last_used_on=None) | Q(last_used_on__lt=today), pk=key.pk).update(last_used_on=today)
    if filed.is_new:
        record("bring", key, by=by, case=filed.case.pk)  # of no unit: its timeline has the filing
    return filed


def _root() -> Unit | None:
    """Keys are the subdistrict's."""
    return Unit.objects.filter(depth=1).defer("boundary").first()
