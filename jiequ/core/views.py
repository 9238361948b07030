"""The look's switches, the privacy notice, the gallery of components, and what is said when something goes wrong."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template import loader
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET
from django.views.i18n import set_language

from jiequ.core import clock

YEAR = 365 * 24 * 3600  # seconds
#: What a reader may choose, and the cookie that keeps it. No personal data, so no consent is asked.
CHOICES = {
    "theme": ("theme", {"light", "dark", "auto"}),
    "view": ("view", {"plain", "elder"}),
    "language": (settings.LANGUAGE_COOKIE_NAME, {code for code, _name in settings.LANGUAGES}),
}


@require_GET
def look(request: HttpRequest) -> HttpResponse:
    """Keep a choice of theme, size or language and go back. A link, so that it works without scripts."""
    if not any(request.GET.get(name) for name in CHOICES):
        return render(request, "core/look.html", {"here": "look"})
    back = request.GET.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    for name, (cookie, allowed) in CHOICES.items():
        value = request.GET.get(name, "")
        if value in allowed:
            response.set_cookie(cookie, value, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    return response


def language(request: HttpRequest) -> HttpResponse:
    """Django's own view, for pages that send a form; `look` does the same by a link."""
    return set_language(request)


def health(request: HttpRequest) -> HttpResponse:
    """For whoever watches the server: it answers."""
    return HttpResponse("ok", content_type="text/plain")


def privacy(request: HttpRequest) -> HttpResponse:
    """What is held about a resident and why, and where to complain."""
    return render(request, "core/privacy.html")


# ── when something goes wrong ─────────────────────────────


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/403.html", {"reason": getattr(exception, "message", "")}, status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "errors/csrf.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without a request in the context: nothing here may ask the database, which may be what broke."""
    return HttpResponse(loader.render_to_string("errors/500.html"), status=500)


# ── the gallery ───────────────────────────────────────────


class SampleForm(forms.Form):
    """One field of every kind."""

    title = forms.CharField(label=_("标题"), max_length=60, help_text=_("一句话说清要办什么，不写姓名和电话。"))
    body = forms.CharField(label=_("情况和建议"), widget=forms.Textarea(attrs={"rows": 3}))
    category = forms.ChoiceField(label=_("类别"), choices=[("1", _("环境卫生提升")), ("2", _("公共设施增设维护"))])
    day = forms.DateField(label=_("日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    mode = forms.ChoiceField(
        label=_("表决方式"),
        choices=[("hands", _("举手")), ("named", _("记名")), ("secret", _("无记名"))],
        widget=forms.RadioSelect,
        help_text=_("开始表决后不能再改。"),
    )
    major = forms.BooleanField(label=_("重大事项"), required=False, help_text=_("须三分之二赞成并经社区确认。"))


def gallery(request: HttpRequest) -> HttpResponse:
    """Every component in every state; open in the demo and to tests. The data on it is invented."""
    if settings.MODE == "production":
        raise Http404
    now = clock.now()
    rate = [
        SimpleNamespace(label=label, part=part, whole=whole, noun=noun, url="#figures", percent=percent)
        for label, part, whole, noun, percent in [
            (_("岗位到位率"), 175, 183, _("岗"), 96),
            (_("红色网格运行率"), 3, 4, _("个"), 75),
            (_("满意率"), 0, 0, _("件"), None),
            (_("会议"), 98, None, _("次"), None),
        ]
    ]
    states = ["done", "done", "done", "done", "done", "now", "todo"]
    names = [_("征集"), _("审定"), _("公告"), _("讨论"), _("表决"), _("公示"), _("跟进")]
    lines = [
        [_("10月8日 王* 提出"), _("来自2件诉求")],
        [_("10月12日 社区通过"), _("用时2个工作日")],
        [_("10月15日 发出"), _("提前9天")],
        [_("10月24日 第11次会"), _("5人发言")],
        [_("10月24日 通过"), _("赞成5/6")],
        [_("10月26日起"), _("还有2天")],
        [],
    ]
    context: dict[str, Any] = {
        "here": "gallery",
        "now": now,
        "dues": [now + timedelta(hours=h) for h in (-100, -3, 2, 5, 20, 60, 240)],
        "dates": [now - timedelta(minutes=5), now - timedelta(hours=30), now - timedelta(days=400)],
        "rates": rate,
        "steps": [SimpleNamespace(label=n, state=s, lines=x) for n, s, x in zip(names, states, lines, strict=True)],
        "form": SampleForm(initial={"mode": "hands"}, prefix="new"),
        "form_with_errors": SampleForm({"sent-title": "", "sent-body": _("晚上太黑")}, prefix="sent"),
        "views": [("all", _("全部"), True, 181), ("late", _("逾期"), False, 2), ("ended", _("已结束"), False, 147)],
        "page": SimpleNamespace(count=10000, is_capped=True, first="?", older="?before=x"),
        "sentences": [
            SimpleNamespace(
                at=now - timedelta(minutes=9),
                who=_("张*"),
                act=_("受理"),
                noun=_("议题"),
                label="2026-018",
                url="#feed",
            ),
            SimpleNamespace(
                at=now - timedelta(days=3), who=_("居民"), act=_("提出"), noun=_("议题"), label="2026-017", url=""
            ),
        ],
    }
    context["words"] = {
        "ok": _("已通过"),
        "doing": _("办理中"),
        "soon": _("今天到期"),
        "late": _("逾期"),
        "idle": _("已暂停"),
        "pressed": _("督办"),
        "noun": _("件"),
        "views": _("常用视图"),
        "press": _("提议题"),
        "confirm": _("提交后不能撤回，现在提交吗？"),
        "empty": _("还没有议题"),
        "hint": _("居民扫码或您自己，都可以提第一个。"),
    }
    if request.GET.get("say"):
        messages.success(request, _("已受理，提出人会收到通知。"))
        messages.error(request, _("刚刚已有人办过这一步。没有重复办理，请刷新页面看看最新情况。"))
    template = "core/gallery_resident.html" if request.GET.get("frame") == "resident" else "core/gallery.html"
    return render(request, template, context)
