"""Behind the secret link: how my case stands, and what I can do about it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import segno
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from jiequ.cases import actions
from jiequ.cases.actions.rating import would_reopen
from jiequ.cases.forms.public import AddForm, RateForm
from jiequ.cases.models import Case, Complainant
from jiequ.cases.public.photos import photo_response
from jiequ.cases.public.story import Seen
from jiequ.cases.public.words import TAGS, called, headline, stages
from jiequ.cases.workflow import OPEN
from jiequ.core import clock, workdays
from jiequ.core.pace import slow_down
from jiequ.core.permission import PUBLIC, Refused, through
from jiequ.core.personal import blind
from jiequ.core.pictures import BODY
from jiequ.core.uploads import takes_uploads
from jiequ.core.waiting import set_aside
from jiequ.core.wordings import emergency_number


def complainant_of(token: str) -> Complainant:
    """Whoever holds the link; 404 for everybody else."""
    rows = Complainant.objects.select_related(
        "case__unit", "case__block", "case__filed_in", "case__category", "case__lead", "came_with__filed_in"
    ).defer(*[f"{path}__boundary" for path in ("case__unit", "case__block", "case__filed_in", "came_with__filed_in")])
    return get_object_or_404(rows, token_index=blind(token, "complainant"))


def _private(response: HttpResponse) -> HttpResponse:
    """No search engine keeps it; to other sites the address never goes (SECURE_REFERRER_POLICY: same-origin)."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@never_cache
def public_case_received(request: HttpRequest, token: str) -> HttpResponse:
    """Right after sending: the number, the link to keep, and what comes next until when."""
    complainant = complainant_of(token)
    case = complainant.case
    address = request.build_absolute_uri(reverse("public-case", args=[token]))
    # segno writes nothing but numbers and path commands.
    drawn = segno.make(address, error="m").svg_inline(
        omitsize=True, border=2, light="#fff", svgclass="qr", lineclass=None, title=_("二维码")
    )
    return _private(render(request, "cases/public_received.html", {
        "unit": case.block, "case": case, "called": called(case), "token": token, "is_open": case.state in OPEN,
        "address": address, "qr": mark_safe(drawn),
        "emergency": emergency_number(case.body) if case.is_urgent else "",
    }))  # fmt: skip


@never_cache
def public_case_code(request: HttpRequest, token: str) -> HttpResponse:
    """The link as a picture, to be kept among the phone's photos."""
    complainant_of(token)
    drawn = segno.make(request.build_absolute_uri(reverse("public-case", args=[token])), error="m")
    picture = drawn.png_data_uri(scale=10, border=4).partition(",")[2]
    response = HttpResponse(base64.b64decode(picture), content_type="image/png")
    response["Content-Disposition"] = 'attachment; filename="jiequ.png"'
    return _private(response)


@never_cache
def public_case(request: HttpRequest, token: str) -> HttpResponse:
    """How it stands, every step in a sentence, and what I can do now."""
    return _page(request, complainant_of(token), token)


@never_cache
@takes_uploads(BODY)
def public_case_add(request: HttpRequest, token: str) -> HttpResponse:
    """A word more, with photos."""
    complainant = complainant_of(token)
    if request.method != "POST":
        return redirect("public-case", token=token)
    form = AddForm(request.POST, request.FILES)
    if form.is_valid():
        data = form.cleaned_data
        return _done(request, complainant, token, form, lambda: actions.add_to_case(
            complainant, by=PUBLIC, text=data["text"], photos=data["photos"]
        ))  # fmt: skip
    return _page(request, complainant, token, add_form=form)


@never_cache
def public_case_withdraw(request: HttpRequest, token: str) -> HttpResponse:
    """Take it back, after a page that asks; with `solved` because it is all right already."""
    complainant = complainant_of(token)
    is_solved = "solved" in request.POST or "solved" in request.GET
    if request.method == "POST":
        said = _("已经好了，不用再办，谢谢。")
        take_back = actions.say_it_is_solved if is_solved else actions.withdraw_case
        words: dict[str, Any] = {"text": said} if is_solved else {}
        return _done(request, complainant, token, None, lambda: take_back(complainant, by=PUBLIC, **words))
    if complainant.withdrew_at or complainant.case.state not in OPEN:
        return redirect("public-case", token=token)
    case = complainant.case
    return _private(render(request, "cases/public_withdraw.html", {
        "unit": case.block, "case": case, "called": called(case), "token": token, "is_solved": is_solved,
        "others": Seen(complainant).others,
    }))  # fmt: skip


@never_cache
def public_case_forget(request: HttpRequest, token: str) -> HttpResponse:
    """Have my name and number deleted, after a page that asks; the case goes on."""
    complainant = complainant_of(token)
    if request.method == "POST":
        return _done(request, complainant, token, None, lambda: actions.forget_complainant(complainant, by=PUBLIC))
    if complainant.is_anonymous:
        return redirect("public-case", token=token)
    case = complainant.case
    return _private(render(request, "cases/public_forget.html", {
        "unit": case.block, "case": case, "called": called(case), "token": token, "is_open": case.state in OPEN,
    }))  # fmt: skip


@never_cache
def public_case_rate(request: HttpRequest, token: str) -> HttpResponse:
    """满意, 基本满意 or 不满意, once in each round."""
    complainant = complainant_of(token)
    if request.method != "POST":
        return redirect("public-case", token=token)
    form = RateForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        return _done(request, complainant, token, form, lambda: actions.rate_case(
            complainant.case, complainant, score=data["score"], words=data["words"], by=PUBLIC
        ))  # fmt: skip
    return _page(request, complainant, token, rate_form=form)


@never_cache
def public_case_photo(request: HttpRequest, token: str, pk: int) -> HttpResponse:
    """One of my own photos, or one beside what was said to me; every other is 404."""
    photo = next((p for p in Seen(complainant_of(token)).photos if p.pk == pk), None)
    if photo is None:
        raise Http404
    return _private(photo_response(photo, small="small" in request.GET))


def _done(
    request: HttpRequest, complainant: Complainant, token: str, form: Any, does: Callable[[], object]
) -> HttpResponse:
    """Do it and go back to the page; refused, say so there with all that was typed."""
    try:
        slow_down(request, "follow")
        with through("public"):
            does()
    except Refused as refused:
        if form is None:
            return _page(request, complainant_of(token), token, refused=refused.message)
        form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        name = "add_form" if isinstance(form, AddForm) else "rate_form"
        return _page(request, complainant_of(token), token, **{name: form})
    return redirect("public-case", token=token)


def _page(
    request: HttpRequest,
    complainant: Complainant,
    token: str,
    *,
    add_form: AddForm | None = None,
    rate_form: RateForm | None = None,
    refused: str = "",
) -> HttpResponse:
    case, seen = complainant.case, Seen(complainant)
    is_open = case.state in OPEN and complainant.withdrew_at is None
    may_rate = case.state in (Case.State.REPLIED, Case.State.ARCHIVED) and seen.my_rating is None
    held = add_form.held if add_form is not None else []
    return _private(render(request, "cases/public_case.html", {
        "unit": case.block, "case": case, "called": called(case), "token": token, "seen": seen, "refused": refused,
        "tag": TAGS[case.state], "headline": headline(case, seen), "stages": stages(case), "story": seen.story(),
        "is_open": is_open, "may_rate": may_rate and complainant.withdrew_at is None, "complainant": complainant,
        "add_form": add_form or AddForm(), "is_adding": add_form is not None,
        "rate_form": rate_form or RateForm(), "reopens": would_reopen(case), "left": workdays.workdays_between(clock.today(), clock.day(case.due_at)),
        "pause": next((c for c in seen.changes if c.is_running), None),
        "merged": called(complainant.came_with) if complainant.came_with else "",
        "kept": set_aside(held), "held": len(held),
    }))  # fmt: skip
