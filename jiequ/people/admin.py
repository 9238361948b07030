"""Reference data only: how many of each post a unit must have."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest

from jiequ.core.permission import Refused
from jiequ.people.actions import set_required_posts
from jiequ.people.models import RequiredPost


@admin.register(RequiredPost)
class RequiredPostAdmin(admin.ModelAdmin[RequiredPost]):
    """Every change goes through the action, which also lays the concrete posts."""

    list_display = ("kind", "role", "count")
    actions = None

    def save_model(self, request: HttpRequest, obj: RequiredPost, form: Any, change: bool) -> None:
        counts = {(obj.kind, obj.role): obj.count}
        if change:  # kind or role may have been changed: the old pair is no longer asked for
            before = RequiredPost.objects.get(pk=obj.pk)
            counts = {(before.kind, before.role): 0, **counts}
        try:
            set_required_posts(counts, by=request.user)  # type: ignore[arg-type]
        except Refused as error:
            messages.error(request, error.message)
        obj.pk = RequiredPost.objects.get(kind=obj.kind, role=obj.role).pk

    def delete_model(self, request: HttpRequest, obj: RequiredPost) -> None:
        set_required_posts({(obj.kind, obj.role): 0}, by=request.user)  # type: ignore[arg-type]
