"""What I was told."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jiequ.core.paging import Page
from jiequ.people import actions
from jiequ.people.models import Notice
from jiequ.people.views.answering import list_page


def notice_list(request: HttpRequest) -> HttpResponse:
    account: Any = request.user
    rows = Notice.objects.visible_to(account)
    view = request.GET.get("view", "all")
    if view == "unread":
        rows = rows.unread()
    context = {
        "here": "me",
        "page": Page(request, rows, order="id"),
        "view": view,
        "views": [("all", _("全部"), view != "unread"), ("unread", _("未读"), view == "unread")],
    }
    return list_page(request, "notice", context)


def notice_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark it as read and go where it points; back to the list where it points nowhere. Doing so twice changes nothing."""
    account: Any = request.user
    notice = get_object_or_404(Notice.objects.visible_to(account), pk=pk)
    if notice.read_at is None:
        actions.mark_notices_read(account, [notice])
    inside = notice.url.startswith("/") and url_has_allowed_host_and_scheme(notice.url, None)
    return redirect(notice.url if inside else "notices")


@require_POST
def notices_read(request: HttpRequest) -> HttpResponse:
    account: Any = request.user
    count = actions.mark_notices_read(account)
    messages.success(request, _("%d 条通知已标为已读。") % count if count else _("没有未读通知。"))
    return redirect("notices")
