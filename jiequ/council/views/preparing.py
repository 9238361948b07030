"""Before the meeting: its papers."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from jiequ.core import files
from jiequ.core.permission import Refused
from jiequ.council import actions
from jiequ.council import forms as f
from jiequ.council.actions.papers import content_of, require_preparing
from jiequ.council.models import AgendaItem, Meeting, Paper
from jiequ.people.middleware import SignedIn


def paper_add(request: SignedIn, pk: int) -> HttpResponse:
    """Upload a paper to an item."""
    items = AgendaItem.objects.filter(meeting__in=Meeting.objects.visible_to(request.user))
    item = get_object_or_404(items.select_related("meeting__unit", "motion"), pk=pk)
    meeting = item.meeting
    require_preparing(request.user, meeting)
    form = f.PaperForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        title = form.cleaned_data["title"] or files.clean_title(file.name)
        try:
            actions.add_paper(item, by=request.user, title=title, content=file.read())
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("材料已加上。"))
            return redirect(meeting)
    return render(request, "council/paper_form.html", {
        "here": "council", "form": form, "meeting": meeting, "unit": meeting.unit, "motion": item.motion,
        "heading": _("加材料"), "button": _("上传"), "back": meeting.get_absolute_url(),
    }, status=422 if form.errors else 200)  # fmt: skip


def _paper(request: SignedIn, pk: int) -> Paper:
    papers = Paper.objects.filter(item__meeting__in=Meeting.objects.visible_to(request.user))
    return get_object_or_404(papers.select_related("item__meeting__unit"), pk=pk)


@require_GET
def paper_read(request: SignedIn, pk: int) -> HttpResponse:
    """Download a paper: for everybody who may see the meeting."""
    paper = _paper(request, pk)
    return files.attach(content_of(paper), files.KINDS[paper.kind], paper.title)


@require_POST
def paper_remove(request: SignedIn, pk: int) -> HttpResponse:
    paper = _paper(request, pk)
    actions.remove_paper(paper, by=request.user)
    messages.success(request, _("材料已移走。"))
    return redirect(paper.item.meeting)
