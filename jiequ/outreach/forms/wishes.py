"""What is typed about a wish."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jiequ.cases.models import CaseCategory
from jiequ.core import clock
from jiequ.outreach.actions.public_words import what_tells
from jiequ.outreach.actions.wishes import MOST_PARTS, WORDS
from jiequ.outreach.models import Wish, WishClaim, WishRound
from jiequ.people.models import Person, Team
from jiequ.territory.models import Unit


def _words() -> forms.CharField:
    return forms.CharField(
        label=_("原话"),
        max_length=WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("心愿人怎么说就怎么写。加密保存，只给核实的人和认领的人看。"),
        error_messages={"required": _("请写下心愿：想要什么，或想请人帮什么。")},
    )


def _about() -> forms.ChoiceField:
    return forms.ChoiceField(label=_("谁的心愿"), choices=Wish.About.choices, initial=Wish.About.ELDER)


def _kind() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("物品或服务"), choices=Wish.Kind.choices, initial=Wish.Kind.GOODS, widget=forms.RadioSelect
    )


def _parts() -> forms.IntegerField:
    return forms.IntegerField(
        label=_("分几份"), min_value=1, max_value=MOST_PARTS, initial=1,
        help_text=_("几个人可以一起圆的，填几份；一个人就能办的填 1。"),
    )  # fmt: skip


def _wanted_by() -> forms.DateField:
    return forms.DateField(
        label=_("最好在这天前"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class DraftForm(forms.Form):
    """Four questions, two of them with a good first answer."""

    unit = forms.ModelChoiceField(Unit.objects.none(), label=_("街区"), empty_label=None, to_field_name="code")
    words = _words()
    about = _about()
    kind = _kind()
    parts = _parts()
    wanted_by = _wanted_by()

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["unit"]
        field.queryset = units
        if len(units) == 1:
            field.widget = forms.HiddenInput()
            field.initial = units[0].code


class RedraftForm(forms.Form):
    words, about, kind, parts, wanted_by = _words(), _about(), _kind(), _parts(), _wanted_by()

    def __init__(self, *args: Any, wish: Wish, **kwargs: Any) -> None:
        kwargs["initial"] = {n: getattr(wish, n) for n in ("words", "about", "kind", "parts", "wanted_by")}
        super().__init__(*args, **kwargs)


class PublishForm(forms.Form):
    """What the wall will say; for a draft also the three questions, so that one form does both."""

    title = forms.CharField(
        label=_("墙上写什么"), max_length=30, help_text=_("一句话，不写姓名、电话、楼栋门牌。比如“想在浴室装一根扶手”。"),
        error_messages={"required": _("请写一句公开的标题，比如“想在浴室装一根扶手”。")},
    )  # fmt: skip
    says = forms.CharField(label=_("再说明一句"), max_length=120, required=False)
    about = _about()
    kind = _kind()
    parts = _parts()
    wanted_by = _wanted_by()
    checks = forms.MultipleChoiceField(
        label=_("核实过了"), widget=forms.CheckboxSelectMultiple,
        choices=[("small", _("小：一个人或几个人就能办")), ("feasible", _("办得到：时间、东西、场地都行")), ("reasonable", _("合理：确实需要，不违规"))],
        error_messages={"required": _("小、办得到、合理，三样都核实了才能发布；做不到的请退回，或转为诉求。")},
    )  # fmt: skip

    def __init__(self, *args: Any, wish: Wish, **kwargs: Any) -> None:
        first = {n: getattr(wish, n) for n in ("title", "says", "about", "kind", "parts", "wanted_by")}
        words = " ".join(wish.words.split())
        if not wish.title and len(words) <= 30 and what_tells(words, wish.household) is None:
            first["title"] = words.rstrip("。")  # as it was said, where that tells nothing
        kwargs["initial"] = first
        super().__init__(*args, **kwargs)
        if wish.state != Wish.State.DRAFT:
            del self.fields["checks"]


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("理由"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, wish: Wish, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class TurnForm(forms.Form):
    category = forms.ModelChoiceField(CaseCategory.objects.none(), label=_("诉求类别"), empty_label=_("请选择"))

    def __init__(self, *args: Any, wish: Wish, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["category"]
        field.queryset = CaseCategory.objects.filter(is_active=True)


class ClaimForm(forms.Form):
    """Nothing to answer where there is one part and no team: the second tap sends it."""

    team = forms.ModelChoiceField(
        Team.objects.none(), label=_("和谁一起"), required=False, blank=True, empty_label=_("我一个人"),
        widget=forms.RadioSelect,
    )  # fmt: skip
    parts = forms.IntegerField(label=_("认领几份"), min_value=1, initial=1)

    def __init__(self, *args: Any, wish: Wish, teams: list[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if teams:
            field: Any = self.fields["team"]
            field.queryset = Team.objects.filter(pk__in=[t.pk for t in teams])
        else:
            del self.fields["team"]
        if wish.parts == 1:
            del self.fields["parts"]
        else:
            count: Any = self.fields["parts"]
            count.max_value = wish.parts
            count.widget.attrs["max"] = wish.parts
            count.help_text = _("还有 %(left)s 份，共 %(all)s 份。") % {"left": wish.parts_left, "all": wish.parts}


class BringForm(forms.Form):
    on = forms.DateField(label=_("哪天"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    persons = forms.ModelMultipleChoiceField(
        Person.objects.none(), label=_("队里谁去了"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, claim: WishClaim, **kwargs: Any) -> None:
        kwargs["initial"] = {"on": clock.today(), "persons": [claim.person_id]}
        super().__init__(*args, **kwargs)
        if claim.team is None:
            del self.fields["persons"]
        else:
            field: Any = self.fields["persons"]
            mates = Q(pk=claim.person_id) | Q(pk=claim.team.leader_id or 0) | Q(teams=claim.team)
            field.queryset = Person.objects.filter(mates).distinct().order_by("pk")
            field.label_from_instance = lambda p: p.label


class RoundForm(forms.Form):
    unit = forms.ModelChoiceField(Unit.objects.none(), label=_("单位"), empty_label=None, to_field_name="code")
    name = forms.CharField(label=_("名称"), max_length=40, help_text=_("比如“2021年第四批”。"))
    opens_on = forms.DateField(label=_("开始"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    closes_on = forms.DateField(label=_("结束"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["unit"]
        field.queryset = units


class CloseForm(forms.Form):
    into = forms.ModelChoiceField(
        WishRound.objects.none(), label=_("没认领完的转入"), required=False, empty_label=_("下一个开的批次")
    )

    def __init__(self, *args: Any, rounds: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["into"]
        field.queryset = rounds


class FromCaseForm(forms.Form):
    """A case that is a wish: its words stand there already."""

    words, about, kind, parts = _words(), _about(), _kind(), _parts()
