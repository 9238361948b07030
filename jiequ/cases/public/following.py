"""Behind the secret link: how my case stands, and what I can do about it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from jiequ.cases.models import Complainant
from jiequ.cases.public.words import TAGS, called
from jiequ.core.personal import blind
from jiequ.core.wordings import emergency_number


def complainant_of(token: str) -> Complainant:
    """Whoever holds the link; 404 for everybody else."""
    rows = Complainant.objects.select_related(
        "case__unit", "case__block", "case__filed_in", "case__category", "case__lead", "case__merged_into", "came_with"
    ).defer("case__unit__boundary", "case__block__boundary", "case__filed_in__boundary")
    return get_object_or_404(rows, token_index=blind(token, "complainant"))


def private(response: HttpResponse) -> HttpResponse:
    """No search engine keeps it, and the address goes to no other site."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@never_cache
def public_case_received(request: HttpRequest, token: str) -> HttpResponse:
    """Right after sending: the number, the link to keep, and what comes next until when."""
    complainant = complainant_of(token)
    case = complainant.case
    return private(render(request, "cases/public_received.html", {
        "unit": case.block, "case": case, "called": called(case, case.filed_in.name), "token": token,
        "address": request.build_absolute_uri(reverse("public-case", args=[token])),
        "emergency": emergency_number(case.body), "complainant": complainant,
    }))  # fmt: skip


@never_cache
def public_case(request: HttpRequest, token: str) -> HttpResponse:
    complainant = complainant_of(token)
    return _page(request, complainant, token)


def _page(request: HttpRequest, complainant: Complainant, token: str, **forms: Any) -> HttpResponse:
    case = complainant.case
    return private(render(request, "cases/public_case.html", {
        "unit": case.block, "case": case, "called": called(case, case.filed_in.name), "token": token,
        "tag": TAGS[case.state], **forms,
    }))  # fmt: skip
