"""Service certificates: asking for one, and the paper, drawn when it is opened."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from jiequ.core.permission import NotAllowed, Refused
from jiequ.core.typesetting import NoFont
from jiequ.outreach import actions
from jiequ.outreach.actions.certificates import issuer_of
from jiequ.outreach.documents.certificate import as_pdf
from jiequ.outreach.forms.activities import CertificateForm
from jiequ.outreach.models import Certificate
from jiequ.people.middleware import SignedIn
from jiequ.people.models import Person


def certificate_new(request: SignedIn) -> HttpResponse:
    """For oneself, or with `?person=` for somebody in sight, by whoever records activities."""
    person = _whose(request)
    form = CertificateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.issue_certificate(person, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("服务证明开好了。"))
            return redirect("certificate", made.pk)
    is_own = person.pk == request.user.person_id
    return render(request, "outreach/activity_form.html", {
        "here": "outreach", "form": form, "heading": _("开服务证明"), "button": _("开证明"), "back": reverse("my-sign-ups"),
        "asks": _("只算报名时说了需要证明、到了场并且记了小时的活动。") if is_own
        else _("给%(who)s开：只算他说了需要证明、到了场并且记了小时的活动。") % {"who": person.label},
    }, status=422 if form.errors else 200)  # fmt: skip


@require_GET
def certificate_page(request: SignedIn, pk: int) -> HttpResponse:
    certificate = _find(request, pk)
    return render(request, "outreach/certificate.html", {
        "here": "outreach", "certificate": certificate, "is_own": certificate.person_id == request.user.person_id,
        "address": request.build_absolute_uri(reverse("certificate-check", args=[certificate.number])),
    })  # fmt: skip


@require_POST
def certificate_pdf(request: SignedIn, pk: int) -> HttpResponse:
    """The paper, with the whole name: for oneself as it is, for others as a look behind the mask that is logged."""
    certificate = _find(request, pk)
    name = actions.name_on_certificate(certificate, by=request.user)
    address = request.build_absolute_uri(reverse("certificate-check", args=[certificate.number]))
    try:
        content = as_pdf(certificate, name=name, issuer=issuer_of(certificate.unit), address=address)
    except NoFont:
        raise Refused(_("这台服务器没有中文字体，PDF 会是方块。请管理员安装 fonts-noto-cjk。")) from None
    headers = {
        "Content-Disposition": content_disposition_header(True, f"服务证明 {certificate.number}.pdf") or "attachment",
        "Cache-Control": "no-store",
    }
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def _find(request: SignedIn, pk: int) -> Certificate:
    """One's own, or one of a unit where one records activities; else 404."""
    rows = Certificate.objects.visible_to(request.user).select_related("person", "unit")
    found: Certificate = get_object_or_404(rows.defer("unit__boundary", "unit__note"), pk=pk)
    return found


def _whose(request: SignedIn) -> Person:
    key = request.GET.get("person", "")
    if not key or key == str(request.user.person_id):
        return request.user.person
    if not request.user.holds_anywhere("outreach.record_activity"):
        raise NotAllowed(_("您只能给自己开证明。"))
    people = Person.objects.visible_to(request.user).filter(erased_at=None)
    found: Person = get_object_or_404(people, pk=int(key) if key.isdecimal() and len(key) < 19 else 0)
    return found
