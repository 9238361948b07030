"""The keys that are out, for whoever may end one. A new key is made on the server, where it is shown once: `jiequ api-key`."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from jiequ.api import actions
from jiequ.api.models import ApiKey
from jiequ.core.permission import NotAllowed
from jiequ.people.middleware import SignedIn


@require_GET
def key_list(request: SignedIn) -> HttpResponse:
    _ask(request)
    keys = ApiKey.objects.order_by(F("revoked_at").desc(nulls_first=True), "-pk")
    return render(request, "api/key_list.html", {"here": "me", "keys": keys})


@require_POST
def key_revoke(request: SignedIn, pk: int) -> HttpResponse:
    _ask(request)
    key = actions.revoke_key(get_object_or_404(ApiKey, pk=pk), by=request.user)
    messages.success(request, _("“%(label)s”的密钥已停用。") % {"label": key.label})
    return redirect("api-keys")


def _ask(request: SignedIn) -> None:
    """Keys are of no unit: whoever lacks the permission learns nothing of them."""
    if not request.user.holds_anywhere("api.manage_keys"):
        raise NotAllowed(_("接口密钥由系统管理员管理。"))
