"""Anybody who holds a certificate can check it: its number, days and hours, and the masked name. Nothing else is told."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from jiequ.outreach.actions.certificates import issuer_of
from jiequ.outreach.models import Certificate
from jiequ.territory.models import Unit


@require_GET
@cache_control(private=True, no_store=True)
def certificate_check(request: HttpRequest, number: str) -> HttpResponse:
    """By its number, which nobody can guess (59 bits). Two statements."""
    rows = Certificate.objects.select_related("person", "unit").defer("unit__boundary", "unit__note")
    certificate = get_object_or_404(rows, number=number.upper()[:20])
    block = (
        certificate.unit if certificate.unit.kind == Unit.Kind.BLOCK else None
    )  # which alone has a page for everybody
    answer = render(request, "outreach/public_certificate.html", {
        "certificate": certificate, "unit": block, "issuer": issuer_of(certificate.unit),
    })  # fmt: skip
    answer["X-Robots-Tag"] = "noindex"
    return answer
