"""One page per step of a case: GET asks, POST does. Works without scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiequ.cases import actions
from jiequ.cases.actions.acting import Answering, acting
from jiequ.cases.actions.complained import name_complained
from jiequ.cases.forms import moves as f
from jiequ.cases.models import Case, ClockChange, Dispatch, Whistle, works_for
from jiequ.cases.workflow import CASE, OPEN
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.pictures import BODY
from jiequ.core.templatetags.jiequ import day
from jiequ.core.uploads import takes_uploads
from jiequ.people.middleware import SignedIn

S = Case.State


@dataclass(frozen=True)
class MovePage:
    """How a step is asked for. A step that is no line of the Flow says its own label, permission and states."""

    act: Callable[..., Any]
    asks: Any
    form: type[f.MoveForm] | None = None
    label: Any = ""
    may: str = ""
    states: Iterable[str] = field(default=OPEN)
    icon: str = ""
    button: Any = ""


def _merge(case: Case, *, by: Any, into: Case, reason: str) -> None:
    actions.merge_case(case, into=into, by=by, reason=reason)


def _finish_help(case: Case, *, by: Any, co: Any, note: str) -> None:
    actions.finish_help(co, by=by, note=note)


def _help(case: Case, *, by: Any, helpers: Any) -> None:
    actions.ask_for_help(case, helpers, by=by)


def _call_back(case: Case, *, by: Any, complainant: Any, reached: bool, score: str, words: str) -> None:
    actions.call_back(case, complainant, by=by, reached=reached, score=score, words=words)


def _decide_time(case: Case, *, by: Any, granted: bool, says: str, change: str) -> None:
    """`change` is the request that was read on the page: an old page decides on no other."""
    asked = ClockChange.objects.filter(case=case, decided_at=None).select_related("case__unit").first()
    if asked is None:
        raise Overtaken(_("这份请求已经有人批过，或者诉求已办结，不用再批。请回到诉求看看结果。"))
    if change != str(asked.pk):
        raise Overtaken(_("您看到的那份请求已有人批过。现在等批的是下面这一份，请看清楚再批。"))
    actions.decide_time(asked, by=by, granted=granted, says=says)


def _adopt(case: Case, *, by: Any, number: Case) -> None:
    actions.adopt_cases(number, [case], by=by)


MOVES: dict[str, MovePage] = {
    "accept": MovePage(
        actions.accept_case, gettext_lazy("受理后由您先负责，直到分给承办单位（首接负责）。"), f.AcceptForm,
        icon="check", button=gettext_lazy("受理并分拨"),
    ),
    "decline": MovePage(
        actions.decline_case, gettext_lazy("不归这里办的，告诉诉求人为什么、该去哪里。"), f.DeclineForm, icon="x"
    ),
    "refer": MovePage(
        actions.refer_case, gettext_lazy("信访、诉讼等不在这里办，告诉诉求人该去哪里。"), f.ReferForm,
        icon="arrow-forward-up",
    ),
    "merge": MovePage(
        _merge, gettext_lazy("并入另一件一起办，诉求人一个都不会丢。"), f.MergeForm, icon="users"
    ),
    "place": MovePage(
        actions.place_case, gettext_lazy("选到街区、网格或楼栋，就会转给那里的人受理。期限不变。"), f.PlaceForm,
        label=gettext_lazy("定位"), may="cases.accept_case", states=(S.SUBMITTED, S.ACCEPTED), icon="map-pin",
    ),
    "classify": MovePage(
        actions.classify_case, gettext_lazy("改标题、类别或种类。期限不变。"), f.ClassifyForm,
        label=gettext_lazy("改类别"), may="cases.accept_case", icon="edit",
    ),
    "dispatch": MovePage(
        actions.dispatch_case, gettext_lazy("交给主办单位，需要时请别的单位协办。"), f.DispatchForm,
        icon="arrow-forward-up",
    ),
    "redispatch": MovePage(
        actions.redispatch_case, gettext_lazy("换一个主办单位。期限照旧，理由留在经过里。"), f.RedispatchForm,
        icon="refresh",
    ),
    "acknowledge": MovePage(actions.acknowledge_case, gettext_lazy("签收以后由你们办理。"), icon="inbox"),
    "object": MovePage(
        actions.object_to_dispatch, gettext_lazy("不该由你们办的，报上级裁定；裁定为终局。"), f.ObjectForm,
        icon="hand-stop",
    ),
    "uphold": MovePage(
        actions.uphold_dispatch, gettext_lazy("维持原分拨，由原单位办理。裁定为终局。"), f.RulingForm, icon="gavel"
    ),
    "reassign": MovePage(
        actions.reassign_case, gettext_lazy("改由别处承办。裁定为终局。"), f.ReassignForm, icon="gavel"
    ),
    "contact": MovePage(
        actions.contact_complainant, gettext_lazy("已经和诉求人说上话，记一笔。"), f.OptionalNoteForm,
        label=gettext_lazy("已联系诉求人"), may="cases.handle_case", icon="phone",
    ),
    "tell": MovePage(
        actions.tell_complainant, gettext_lazy("办到哪一步，告诉诉求人一声。"), f.TellForm,
        label=gettext_lazy("告知进展"), may="cases.handle_case", icon="message-circle",
    ),
    "note": MovePage(
        actions.write_note, gettext_lazy("给一起办的人看，诉求人看不到。"), f.NoteForm,
        label=gettext_lazy("写备注"), may="cases.handle_case", states=tuple(S), icon="edit",
    ),
    "help": MovePage(
        _help, gettext_lazy("请别的单位一起办，主办单位不变。"), f.HelpForm,
        label=gettext_lazy("请协办"), may="cases.handle_case", icon="users",
    ),
    "finish-help": MovePage(
        _finish_help, gettext_lazy("协办的那部分办完了，写一句。"), f.FinishHelpForm,
        label=gettext_lazy("办完协办"), may="cases.handle_case", states=tuple(S), icon="check",
    ),
    "escalate": MovePage(
        actions.escalate_case, gettext_lazy("请上一级帮忙：街区、社区、街道、职能部门，一级一级上。"), f.EscalateForm,
        icon="speakerphone",
    ),
    "answer_whistle": MovePage(
        actions.answer_whistle, gettext_lazy("写明怎么支持；也可以由本级接过来办。"), f.AnswerWhistleForm,
        icon="speakerphone",
    ),
    "reply": MovePage(
        actions.reply_case, gettext_lazy("诉求人会看到结果并评价；评“不满意”会自动重办一次。"), f.ReplyForm,
        icon="circle-check", button=gettext_lazy("答复并办结"),
    ),
    "fix_on_spot": MovePage(
        actions.fix_on_spot, gettext_lazy("当场就办好了，写一句就行。"), f.SpotForm, icon="checkbox"
    ),
    "take_back": MovePage(
        actions.take_back_case, gettext_lazy("议题有了结果，或者不用等，接着办。"), f.OptionalNoteForm, icon="progress"
    ),
    "call_back": MovePage(
        _call_back, gettext_lazy("打电话问诉求人满意不满意，替诉求人记下来。"), f.CallBackForm,
        label=gettext_lazy("回访"), may="cases.call_back", states=(S.REPLIED,), icon="phone",
    ),
    "ask_time": MovePage(
        actions.ask_for_time, gettext_lazy("按期办不完的，请上级准予延期或暂停计时；原因公开。"), f.TimeForm,
        label=gettext_lazy("请求延期或暂停"), may="cases.lead_case", states=(S.WORKING, S.ESCALATED, S.RAISED),
        icon="clock",
    ),
    "decide_time": MovePage(
        _decide_time, gettext_lazy("批准以后期限才变。原来的期限留在经过里。"), f.DecideTimeForm,
        label=gettext_lazy("批时限"), may="cases.grant_time", icon="clock",
    ),
    "resume": MovePage(
        actions.resume_case, gettext_lazy("暂停的原因没有了，接着计时。"), label=gettext_lazy("恢复计时"),
        may="cases.lead_case", icon="player-play",
    ),
    "name_complained": MovePage(
        name_complained, gettext_lazy("被投诉的人和单位看不到这件诉求，也不能经手。"), f.ComplainedForm,
        label=gettext_lazy("标明被投诉方"), may="cases.accept_case", icon="eye-off",
    ),
    "adopt": MovePage(
        _adopt, gettext_lazy("几件是同一个起因的，归到一件下面一起看。各自的期限和评价不变。"), f.AdoptForm,
        label=gettext_lazy("归到同一起因"), may="cases.accept_case", icon="users",
    ),
    "release": MovePage(
        actions.release_case, gettext_lazy("不是同一个起因，分开办。"), label=gettext_lazy("移出同一起因"),
        may="cases.accept_case", icon="arrow-back-up",
    ),
}  # fmt: skip


def label_of(name: str) -> Any:
    return MOVES[name].label or CASE.moves[name].label


def may_of(name: str) -> str:
    return MOVES[name].may or CASE.moves[name].may


def states_of(name: str) -> Iterable[str]:
    return CASE.moves[name].sources if name in CASE.moves else MOVES[name].states


def actor(account: Any, case: Case, name: str) -> Actor:
    """Who makes the step: whoever handles the case may handle it, and the department that was called may answer."""
    who = acting(account, case)
    if name == "answer_whistle" and not who.may(may_of(name), case.unit):
        called = Whistle.objects.filter(case=case, answered_at=None, to__in=works_for(account))
        return Answering(account, case) if called.exists() else who
    return who


@takes_uploads(BODY)
def case_move(request: SignedIn, pk: int, move: str) -> HttpResponse:
    """Ask for one step, or make it. A step that does not start from the case's state leads back to its page."""
    account = request.user
    related = ("unit", "block", "category", "limit", "lead__unit", "proposed__unit", "holder")
    case = get_object_or_404(
        Case.objects.visible_to(account).select_related(*related).defer("unit__boundary", "block__boundary"), pk=pk
    )
    if move not in MOVES:
        raise Http404
    page = MOVES[move]
    require(actor(account, case, move), may_of(move), case.unit)
    if request.method != "POST":
        if elsewhere := _elsewhere(case, move):
            return redirect("case-move", pk=pk, move=elsewhere)
        if case.state not in states_of(move):
            messages.warning(
                request,
                _("现在是“%(state)s”，不用再“%(move)s”。")
                % {"state": case.get_state_display(), "move": label_of(move)},
            )
            return redirect(case)
    form = _form(request, case, page)
    error, overtaken = "", False
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            page.act(case, by=account, **(form.cleaned_data if form else {}))
        except Refused as refused:
            error, overtaken = refused.message, isinstance(refused, Overtaken)
            if form:
                if overtaken:
                    form.look_again()
                form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("已办：%(move)s。") % {"move": label_of(move)})
            is_seen = Case.objects.visible_to(account).filter(pk=pk).exists()
            return redirect(case) if is_seen else redirect("cases")
    context = {
        "here": "cases",
        "case": case,
        "move": move,
        "form": form,
        "heading": label_of(move),
        "asks": page.asks,
        "told": told(case, move),
        "button": _button(case, move),
        "beside": _beside(case, move, account),
        "error": error if form is None else "",
    }
    wrong = bool(error) or (form is not None and bool(form.errors))
    refusal = 409 if form is None or overtaken else 422
    return render(request, "cases/move.html", context, status=refusal if wrong else 200)


def _form(request: SignedIn, case: Case, page: MovePage) -> f.MoveForm | None:
    if page.form is None:
        return None
    sent = {"data": request.POST, "files": request.FILES} if request.method == "POST" else {}
    return page.form(case=case, account=request.user, query=request.GET, **sent)


def _elsewhere(case: Case, move: str) -> str:
    """What must come first: a place before it is accepted; the other channel where cases of its kind are not handled here."""
    if move == "accept" and case.state == S.ACCEPTED:
        return "dispatch"
    if move != "accept" or case.state != S.SUBMITTED:
        return ""
    return "place" if case.triage else "refer" if case.category.channel else ""


def told(case: Case, move: str) -> str:
    """What somebody asked, to whoever answers it on this page."""
    if move in ("uphold", "reassign", "acknowledge"):
        last = Dispatch.objects.filter(case=case).order_by("-pk").first()
        if last is None:
            return ""
        return _("异议：%(words)s") % {"words": last.objection} if move != "acknowledge" else last.note
    if move == "answer_whistle":
        whistle = Whistle.objects.filter(case=case, answered_at=None).first()
        return _("请求：%(words)s") % {"words": whistle.call} if whistle else ""
    if move == "decide_time":
        change = ClockChange.objects.filter(case=case, decided_at=None).select_related("asked_by").first()
        return (
            _("%(who)s请求%(kind)s到%(day)s：%(words)s")
            % {
                "who": change.asked_by.label if change.asked_by else "",
                "kind": change.get_kind_display(),
                "day": day(change.until),
                "words": change.reason,
            }
            if change
            else ""
        )
    return ""


def _button(case: Case, move: str) -> Any:
    return MOVES[move].button or label_of(move)


#: What somebody who was led to a step may want instead.
INSTEAD = {
    "accept": ("decline", "refer", "merge", "fix_on_spot", "classify"),
    "refer": ("decline", "classify"),
    "place": ("decline", "merge"),
    "acknowledge": ("object",),
    "uphold": ("reassign",),
    "reassign": ("uphold",),
    "reply": ("tell", "escalate", "ask_time"),
}


def _beside(case: Case, move: str, account: Any) -> list[tuple[str, Any]]:
    who = acting(account, case)
    return [
        (reverse("case-move", args=[case.pk, name]), label_of(name))
        for name in INSTEAD.get(move, ())
        if case.state in states_of(name) and who.may(may_of(name), case.unit)
    ]
