"""Pages without a word of the domain: how it looks, privacy, the gallery of parts, and what is said when something fails."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from jiequ.core import clock
from jiequ.core.templatetags.jiequ import STATE_TONES, TONES

CHOICES = {"theme": ("auto", "light", "dark"), "view": ("plain", "elder")}


def look(request: HttpRequest) -> HttpResponse:
    """Light, dark or the system's; plain or the elder view. A cookie each, so the next page comes right at once."""
    chosen = {key: request.GET[key] for key, values in CHOICES.items() if request.GET.get(key) in values}
    if not chosen:
        return render(request, "core/look.html", {"here": "look"})
    back = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = request.path
    response = HttpResponseRedirect(back)
    for key, value in chosen.items():
        response.set_cookie(key, value, max_age=365 * 86400, samesite="Lax", secure=request.is_secure())
    return response


def privacy(request: HttpRequest) -> HttpResponse:
    """What is held about a resident and why, and where to complain."""
    return render(request, "core/privacy.html")


def health(request: HttpRequest) -> HttpResponse:
    """For whoever watches the server: it answers."""
    return HttpResponse("ok", content_type="text/plain")


class _Example(forms.Form):
    title = forms.CharField(label=_("标题"), help_text=_("一句话说清要办什么，不写姓名和电话。"))
    body = forms.CharField(label=_("情况和建议"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    kind = forms.ChoiceField(label=_("类别"), choices=[("a", _("环境卫生提升")), ("b", _("公共设施增设维护"))])
    score = forms.ChoiceField(
        label=_("满意度"), choices=[("a", _("满意")), ("b", _("基本满意")), ("c", _("不满意"))], widget=forms.RadioSelect
    )
    agree = forms.BooleanField(label=_("重大事项"), required=False, help_text=_("须三分之二赞成并经社区确认。"))


def gallery(request: HttpRequest) -> HttpResponse:
    """Every part of the pages in every state. Only the demo and the tests show it."""
    if settings.MODE == "production":
        raise Http404
    bad = _Example({"title": "", "kind": "a"}, prefix="bad", auto_id="bad_%s")
    bad.is_valid()
    return render(request, "core/gallery.html", {
        "form": _Example(auto_id="good_%s"), "bad": bad, "tones": list(TONES), "states": sorted(STATE_TONES),
        "now": clock.now(), "steps": _steps(), "ballot": _Ballot(), "here": "gallery",
    })  # fmt: skip


class _Need:
    def needed(self, base: int) -> int:
        return -(-base * 2 // 3)


class _Ballot:
    """Stands for a ballot on the gallery page."""

    seats, present, yes, no, abstain, outcome = 9, 7, 5, 1, 1, "passed"
    majority = quorum = _Need()


def _steps() -> list[dict[str, Any]]:
    states = ["done", "done", "done", "now", "todo", "todo", "todo"]
    labels = [_("征集"), _("审定"), _("公告"), _("讨论"), _("表决"), _("公示"), _("跟进")]
    pairs = enumerate(zip(labels, states, strict=True), 1)
    return [{"number": n, "label": label, "state": s, "lines": ["10月8日"] if s != "todo" else []} for n, (label, s) in pairs]


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/403.html", {"says": str(exception)}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without a database, a session or a context processor: this is shown when those have failed."""
    return HttpResponse(render_to_string("errors/500.html"), status=500)
