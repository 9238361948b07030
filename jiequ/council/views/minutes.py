"""A meeting's minutes: to read, to make final, to correct and confirm, and to take along as a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from jiequ.core.permission import Refused, require
from jiequ.core.typesetting import NoFont, faces_here
from jiequ.council import actions
from jiequ.council import forms as f
from jiequ.council.actions.presence import running, runs
from jiequ.council.documents.checks import OVER, findings
from jiequ.council.documents.minutes import MinutesNow
from jiequ.council.documents.pdf import as_pdf
from jiequ.council.documents.record import came, council_members
from jiequ.council.documents.word import as_word
from jiequ.council.models import Meeting, Minutes
from jiequ.people.middleware import SignedIn

FILES: dict[str, tuple[Callable[[Any], bytes], str]] = {
    "docx": (as_word, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "pdf": (as_pdf, "application/pdf"),
}


def minutes_page(request: SignedIn, pk: int) -> HttpResponse:
    """The minutes to read. A draft is read from the record each time, final minutes from what was frozen."""
    meeting = _meeting(request, pk)
    now = MinutesNow.of(meeting)
    found = [] if now.is_final else findings(now.content)
    me = request.user.person_id
    was_there = me in council_members(now.content) and me in came(now.content)
    context = {
        "here": "council", "meeting": meeting, "paper": now.paper(), "now": now, "is_over": meeting.state in OVER,
        "findings": found, "stops": sum(finding.level == "stop" for finding in found),
        "runs": runs(request.user, meeting),
        "may_reveal": request.user.may("people.reveal_person", meeting.unit),
        "may_confirm": now.is_final and was_there and me not in now.confirmed_by,
        "has_confirmed": me in now.confirmed_by,
        "to_confirm": len(council_members(now.content) & set(came(now.content))),
    }  # fmt: skip
    return render(request, "council/minutes.html", context)


@require_POST
@never_cache
def minutes_docx(request: SignedIn, pk: int) -> HttpResponse:
    return _file(request, pk, "docx")


@require_POST
@never_cache
def minutes_pdf(request: SignedIn, pk: int) -> HttpResponse:
    return _file(request, pk, "pdf")


@never_cache
def minutes_full(request: SignedIn, pk: int) -> HttpResponse:
    """With whole names, for the file cabinet: every name is a reveal with this reason."""
    meeting = _meeting(request, pk)
    require(request.user, "people.reveal_person", meeting.unit)
    form = f.FullNamesForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        kind, reason = form.cleaned_data["form"], form.cleaned_data["reason"]
        try:
            return _answer(meeting, kind, lambda: actions.export_minutes(
                meeting, by=request.user, form=kind, reason=reason
            ))  # fmt: skip
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
    asks = _("全名件只供存档。会记下谁、何时、为什么看了每一位的姓名，本人可以查到。")
    return _form(request, meeting, form, _("下载全名件"), _("下载"), asks)


def minutes_remarks(request: SignedIn, pk: int) -> HttpResponse:
    """What the record cannot know, until the minutes are final."""
    meeting = _meeting(request, pk)
    running(request.user, meeting)
    before = Minutes.objects.filter(meeting=meeting).values_list("remarks", flat=True).first()
    form = f.RemarksForm(request.POST if request.method == "POST" else None, initial={"text": before or ""})

    def act(data: dict[str, str]) -> None:
        actions.write_remarks(meeting, by=request.user, text=data["text"])

    return _done(request, meeting, form, act, _("已保存。")) or _form(
        request, meeting, form, _("其他记载"), _("保存"), _("写进会议记录，定稿前都可以改。")
    )


@require_POST
def minutes_finalise(request: SignedIn, pk: int) -> HttpResponse:
    meeting = _meeting(request, pk)
    actions.finalise_minutes(meeting, by=request.user)
    messages.success(request, _("会议记录已定稿，已通知理事会成员确认。"))
    return redirect("minutes", pk)


def minutes_correct(request: SignedIn, pk: int) -> HttpResponse:
    """Say beside final minutes what is wrong in them."""
    meeting = _meeting(request, pk)
    running(request.user, meeting)
    form = f.CorrectionForm(request.POST if request.method == "POST" else None)

    def act(data: dict[str, str]) -> None:
        actions.add_correction(_final(meeting), by=request.user, text=data["text"])

    return _done(request, meeting, form, act, _("已补更正。")) or _form(
        request, meeting, form, _("补一条更正"), _("补上"), _("定稿后原文不再改，更正写在后面，不能撤回。")
    )


@require_POST
def minutes_confirm(request: SignedIn, pk: int) -> HttpResponse:
    meeting = _meeting(request, pk)
    actions.confirm_minutes(_final(meeting), by=request.user)
    messages.success(request, _("您已确认会议记录。"))
    return redirect("minutes", pk)


def _meeting(request: SignedIn, pk: int) -> Meeting:
    """A meeting that has begun; before that, and of one that was cancelled, there is nothing to tell."""
    meetings = Meeting.objects.visible_to(request.user).with_unit().select_related("rule")
    meeting: Meeting = get_object_or_404(meetings, pk=pk)
    if meeting.state not in (Meeting.State.OPEN, *OVER):
        raise Refused(_("会议还没有开，没有会议记录。"))
    return meeting


def _final(meeting: Meeting) -> Minutes:
    minutes = (
        Minutes.objects.filter(meeting=meeting, finalised_at__isnull=False).select_related("meeting__unit").first()
    )
    if minutes is None:
        raise Refused(_("会议记录还没有定稿。"))
    return minutes


def _file(request: SignedIn, pk: int, kind: str) -> HttpResponse:
    meeting = _meeting(request, pk)
    return _answer(meeting, kind, lambda: actions.export_minutes(meeting, by=request.user, form=kind))


def _answer(meeting: Meeting, kind: str, enter: Callable[[], Mapping[int, str] | None]) -> HttpResponse:
    """The file as an attachment, after `enter` has entered the export and given the names, if whole ones are wanted."""
    draw, content_type = FILES[kind]
    if kind == "pdf":
        try:
            faces_here()
        except NoFont:
            raise Refused(
                _("这台服务器没有中文字体，PDF 会是方块。请管理员安装 fonts-noto-cjk，或先下载 Word。")
            ) from None
    names = enter()
    paper = MinutesNow.of(meeting).paper(names)
    name = f"{paper.title}{'（全名）' if names is not None else ''}.{kind}"
    headers = {"Content-Disposition": content_disposition_header(True, name) or "attachment"}
    return HttpResponse(draw(paper), content_type=content_type, headers=headers)


def _done(
    request: SignedIn, meeting: Meeting, form: forms.Form, act: Callable[[dict[str, str]], None], said: str
) -> HttpResponse | None:
    """Back to the minutes after `act`; None where the form has to be shown, with what was refused on it."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        act(form.cleaned_data)
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        return None
    messages.success(request, said)
    return redirect("minutes", meeting.pk)


def _form(request: SignedIn, meeting: Meeting, form: forms.Form, heading: str, button: str, asks: str) -> HttpResponse:
    return render(request, "council/form.html", {
        "here": "council", "form": form, "meeting": meeting, "unit": meeting.unit, "heading": heading, "asks": asks,
        "button": button, "back": f"{meeting.get_absolute_url()}minutes/",
    }, status=422 if form.errors else 200)  # fmt: skip
