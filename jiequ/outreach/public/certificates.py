"""Anybody who holds a certificate can check it: its number, days and hours, and the masked name. Nothing else is told."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from jiequ.outreach.models import Certificate


@require_GET
@cache_control(private=True, no_store=True)
def certificate_check(request: HttpRequest, number: str) -> HttpResponse:
    """By its number, which nobody can guess (59 bits). One statement; neither where nor what was done is told."""
    certificate = get_object_or_404(Certificate.objects.select_related("person"), number=number.upper()[:20])
    answer = render(request, "outreach/public_certificate.html", {"certificate": certificate})
    answer["X-Robots-Tag"] = "noindex"
    return answer
