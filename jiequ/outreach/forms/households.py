"""What is typed about a household. Each form says which permission it asks for and does its act."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from jiequ.cases.forms.fields import DAY, one_line, paragraph
from jiequ.cases.forms.persons import PersonChoice, listed
from jiequ.core import clock
from jiequ.outreach import actions
from jiequ.outreach.actions.households import AT_THE_DOOR, LONGEST
from jiequ.outreach.actions.rules import consent_text
from jiequ.outreach.models import Consent, ConsentText, Household, HouseholdCategory, Tier, Wish
from jiequ.people.models import Account
from jiequ.territory.models import Unit

GIVERS = [("", _("还没有同意")), *Consent.Giver.choices]


def text_in_force(covers: str) -> ConsentText:
    """What a household agrees to today, to be read out or shown."""
    return consent_text(covers, clock.today())


class RegisterForm(forms.Form):
    """A household or an enterprise of a grid that is chosen already."""

    kind = forms.ChoiceField(
        label=_("住户或企业"), choices=Household.Kind, widget=forms.RadioSelect, initial=Household.Kind.HOUSEHOLD
    )
    name = one_line(_("称呼或姓名，企业填名称"), LONGEST["name"])
    building = forms.ModelChoiceField(Unit.objects.none(), label=_("楼栋"), required=False, empty_label=_("不清楚"))
    room = one_line(_("门牌"), LONGEST["room"], required=False, hint=_("如 302 或 3 单元 302。"))
    phone = one_line(_("电话"), 20, required=False)
    tier = forms.ChoiceField(label=_("多久联系一次"), choices=Tier, required=False)
    remark = paragraph(
        _("近况"), LONGEST["remark"], required=False, hint=_("下次去的人需要知道的，180 天后自动删除。"), rows=2
    )
    given_by = forms.ChoiceField(
        label=_("谁同意定期联系"), choices=GIVERS, required=False, widget=forms.RadioSelect, initial=""
    )

    def __init__(self, *args: Any, unit: Unit, building: Unit | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit = unit
        field: Any = self.fields["building"]
        field.initial = building
        field.queryset = Unit.objects.under(unit).valid().filter(kind=Unit.Kind.BUILDING).order_by("order", "path")
        field.label_from_instance = lambda unit: unit.name
        self.text = text_in_force(ConsentText.Covers.CONTACT)

    def act(self, by: Account) -> Household:
        fields = dict(self.cleaned_data)
        given_by = fields.pop("given_by")
        if given_by:
            return actions.register_agreed(self.unit, by=by, given_by=given_by, **fields)
        return actions.register_household(self.unit, by=by, **fields)


class HouseholdForm(forms.Form):
    """Something done to `household`. `asks` is said before the fields, `text` is what is agreed to."""

    may: ClassVar[str] = "outreach.classify_household"
    heading: ClassVar[Any] = ""
    button: ClassVar[Any] = _("保存")
    done: ClassVar[Any] = _("已保存。")
    danger: ClassVar[bool] = False
    text: ConsentText | None = None

    def __init__(self, *args: Any, household: Household, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.household = household
        self.prepare()

    def prepare(self) -> None:
        """Set choices that depend on the household."""

    @property
    def asks(self) -> str:
        return ""

    def act(self, by: Account) -> Any:
        """Do it. Refused where a rule says no."""
        raise NotImplementedError


class EditForm(HouseholdForm):
    may, heading, done = "outreach.edit_household", _("更正信息"), _("已更正。")
    phone = one_line(_("电话"), 20, required=False)
    remark = paragraph(_("近况"), LONGEST["remark"], required=False, hint=_("180 天后自动删除。"), rows=2)
    name = one_line(_("称呼或姓名"), LONGEST["name"], required=False)
    building = forms.ModelChoiceField(Unit.objects.none(), label=_("楼栋"), required=False, empty_label=_("不变"))
    room = one_line(_("门牌"), LONGEST["room"], required=False)
    clear = forms.MultipleChoiceField(
        label=_("清空"),
        choices=[("phone", _("电话")), ("remark", _("近况")), ("room", _("门牌")), ("building", _("楼栋"))],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def prepare(self) -> None:
        self.fields["version"].initial = self.household.version
        field: Any = self.fields["building"]
        field.queryset = Unit.objects.under(self.household.unit).valid().filter(kind=Unit.Kind.BUILDING)
        field.label_from_instance = lambda unit: unit.name

    def narrow(self) -> None:
        """Somebody at the door corrects phone and remark; the rest is the grid's."""
        for name in ("name", "building", "room"):
            del self.fields[name]
        clear: Any = self.fields["clear"]
        clear.choices = [(key, label) for key, label in clear.choices if key in AT_THE_DOOR]

    @property
    def asks(self) -> str:
        return now_("只改填写的项，没填的保持不变。")

    def act(self, by: Account) -> Any:
        data = dict(self.cleaned_data)
        version, cleared = data.pop("version"), data.pop("clear")
        changes: dict[str, Any] = {name: value for name, value in data.items() if value} | dict.fromkeys(cleared, "")
        if "building" in cleared:
            changes["building"] = None  # it is in no building
        return actions.edit_household(self.household, by=by, version=version, **changes)


class ConsentForm(HouseholdForm):
    heading, button, done = _("记下同意"), _("记下"), _("已记下同意。")
    given_by = forms.ChoiceField(
        label=_("谁同意的"), choices=Consent.Giver, widget=forms.RadioSelect, initial=Consent.Giver.SELF
    )
    given_on = forms.DateField(label=_("同意日期"), widget=DAY, initial=clock.today)

    def prepare(self) -> None:
        self.text = text_in_force(ConsentText.Covers.CONTACT)

    @property
    def asks(self) -> str:
        return now_("把下面的话读给对方听，或者给对方看。同意了再记。")

    def act(self, by: Account) -> Any:
        return actions.give_consent(self.household, ConsentText.Covers.CONTACT, by=by, **self.cleaned_data)


class ClassifyForm(HouseholdForm):
    heading, button, done = _("登记重点类别"), _("登记"), _("已登记。页面上默认隐去。")
    category = forms.ModelChoiceField(
        HouseholdCategory.objects.filter(is_active=True), label=_("类别"), empty_label=_("请选择")
    )
    with_tier = forms.BooleanField(label=_("按这一类建议的档次联系（比现在更勤时）"), required=False, initial=True)
    given_by = forms.ChoiceField(
        label=_("敏感类别：谁单独同意的"),
        choices=[("", _("不是敏感类别，不用选")), *Consent.Giver.choices],
        required=False,
        widget=forms.RadioSelect,
        initial="",
    )
    given_on = forms.DateField(label=_("同意日期"), widget=DAY, initial=clock.today, required=False)

    def prepare(self) -> None:
        self.text = text_in_force(ConsentText.Covers.SENSITIVE)
        field: Any = self.fields["category"]
        field.label_from_instance = category_label

    @property
    def asks(self) -> str:
        return now_("标“敏感”的类别要单独同意：把下面的话读给对方听，同意了再登记。")

    def act(self, by: Account) -> Any:
        return actions.classify_household(self.household, by=by, **self.cleaned_data)


def category_label(category: HouseholdCategory) -> str:
    return now_("%(name)s（敏感）") % {"name": category.name} if category.is_sensitive else category.name


class TierForm(HouseholdForm):
    heading, done = _("定联系档次"), _("已定联系档次。")
    tier = forms.ChoiceField(label=_("多久联系一次"), choices=Tier, required=False, widget=forms.RadioSelect)

    def prepare(self) -> None:
        self.fields["tier"].initial = self.household.tier

    @property
    def asks(self) -> str:
        return now_("已经逾期的，放宽档次也还是要去一次。")

    def act(self, by: Account) -> Any:
        return actions.set_tier(self.household, self.cleaned_data["tier"], by=by)


class AssignForm(HouseholdForm):
    may, heading, done = "outreach.assign_household", _("安排联系人"), _("已安排。")
    member = PersonChoice(label=_("由谁联系"), required=False)

    def prepare(self) -> None:
        allowed = actions.who_may_contact(self.household.ground)
        field: Any = self.fields["member"]
        field.offer(allowed, listed(allowed))
        field.choices = [("", now_("不指定：包这栋楼的人，没有就由本网格的人")), *list(field.choices)[1:]]
        field.initial = self.household.member_id

    def act(self, by: Account) -> Any:
        return actions.assign_household(self.household, self.cleaned_data["member"], by=by)


class LeaveForm(HouseholdForm):
    may, heading, button, done = (
        "outreach.register_household", _("不再联系"), _("不再联系"), _("已记为不再联系，一年后自动删除个人信息。"),
    )  # fmt: skip
    why = forms.ChoiceField(label=_("为什么"), choices=Household.Left, widget=forms.RadioSelect)
    on = forms.DateField(label=_("离开日期"), widget=DAY, initial=clock.today)

    @property
    def asks(self) -> str:
        n = self.household.wishes.exclude(state__in=Wish.ENDED).count()
        words = now_("排好的联系会取消，重点类别同时结束，一年后删除个人信息。搬到别的网格的，请那边重新登记。")
        return words + (now_("这一户还有%(n)s个微心愿没有办完，请另外处理。") % {"n": n} if n else "")

    def act(self, by: Account) -> Any:
        return actions.leave_household(self.household, by=by, **self.cleaned_data)


class ComeBackForm(HouseholdForm):
    may, heading, button, done = "outreach.register_household", _("恢复联系？"), _("恢复联系"), _("已恢复联系。")

    @property
    def asks(self) -> str:
        return now_("没有撤回的同意和离开时结束的类别一并恢复。")

    def act(self, by: Account) -> Any:
        return actions.come_back(self.household, by=by)


class RevealForm(forms.Form):
    heading, button, danger, text = _("查看隐去的信息"), _("查看"), False, None
    asks = _("默认隐去。查看会记下谁、何时、看了哪一项、为什么，住户可以查到。")
    field = forms.ChoiceField(
        label=_("看哪一项"),
        choices=[
            ("phone", _("电话")),
            ("name", _("姓名或名称")),
            ("room", _("门牌")),
            ("remark", _("近况")),
            ("category", _("重点类别")),
        ],
        widget=forms.RadioSelect,
        initial="phone",
    )
    reason = one_line(_("理由"), 200, hint=_("至少 4 个字，如：上门前约时间。"))


DO: dict[str, type[HouseholdForm]] = {
    "edit": EditForm,
    "consent": ConsentForm,
    "classify": ClassifyForm,
    "tier": TierForm,
    "assign": AssignForm,
    "leave": LeaveForm,
    "come-back": ComeBackForm,
}
