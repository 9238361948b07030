"""Photos of a case, for those who see the case; never for whoever it complains of."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jiequ.cases.actions.photos import remove_photo
from jiequ.cases.models import Case, CasePhoto
from jiequ.cases.public.photos import photo_response
from jiequ.people.middleware import SignedIn


def case_photo(request: SignedIn, pk: int) -> HttpResponse:
    """The photo; with `?small` a copy of at most 320 pixels."""
    return photo_response(_photo(request, pk), small="small" in request.GET)


@require_POST
def case_photo_remove(request: SignedIn, pk: int) -> HttpResponse:
    """Take it away: it shows what it should not."""
    photo = _photo(request, pk)
    remove_photo(photo, by=request.user)
    messages.success(request, _("照片已移走，文件也已删除。"))
    return redirect(photo.case)


def _photo(request: SignedIn, pk: int) -> CasePhoto:
    photos = CasePhoto.objects.select_related("case__unit").defer("case__unit__boundary")
    return get_object_or_404(photos.filter(case__in=Case.objects.visible_to(request.user)), pk=pk)
