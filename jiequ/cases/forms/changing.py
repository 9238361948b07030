"""What is changed of one row of the settings of cases: a handler, its people and rota, a line, a template, a category."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.db.models import Count
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from jiequ.cases import actions
from jiequ.cases.actions.categories import open_cases_of
from jiequ.cases.forms.duties import CategoryForm, HandlerForm, SettingForm, TemplateForm
from jiequ.cases.forms.fields import DAY, one_line
from jiequ.cases.forms.persons import FOUND, PersonChoice, listed, named, near, person_label, working_for
from jiequ.cases.models import AnswerTemplate, Case, CaseCategory, Duty, DutyLine, Handler, HandlerMember
from jiequ.core import clock
from jiequ.people.models import Account, Person
from jiequ.territory.models import Unit


class ChangeForm(SettingForm):
    """A change to `thing`, a row of `of`. `lies` leads from the row to its unit; nothing where it is the subdistrict's."""

    of: ClassVar[Any] = Handler
    lies: ClassVar[str] = "unit"
    edits: ClassVar[tuple[str, ...]] = ()  # fields that begin as the row has them

    def __init__(self, *args: Any, thing: Any, unit: Unit, **kwargs: Any) -> None:
        initial = {name: getattr(thing, name) for name in self.edits}
        super().__init__(*args, unit=unit, initial=initial, **kwargs)
        self.thing = thing

    @classmethod
    def look_up(cls, pk: int) -> tuple[Any, Unit | None]:
        """The row and the unit it lies in; nothing in place of the unit where there is no such row."""
        if not cls.lies:
            return cls.of.objects.filter(pk=pk).first(), Unit.objects.filter(depth=1).order_by("path").first()
        thing = cls.of.objects.select_related(cls.lies).defer(f"{cls.lies}__boundary").filter(pk=pk).first()
        unit = thing
        for name in cls.lies.split("__"):
            unit = getattr(unit, name, None)
        return thing, unit


class HandlerChange(ChangeForm, HandlerForm):
    heading = _("修改承办单位")
    edits = ("name", "level", "role", "phone")

    def act(self, by: Account) -> None:
        actions.edit_handler(self.thing, by=by, **self.cleaned_data)


class HandlerClose(ChangeForm):
    heading, button = _("停用这个承办单位？"), _("停用")

    @property
    def asks(self) -> str:
        return now_("%(name)s停用后不再分到诉求，职责清单里归它的各条同时结束。以前办的仍然查得到。") % {
            "name": self.thing.name
        }

    def act(self, by: Account) -> None:
        actions.edit_handler(self.thing, by=by, is_active=False)


class HandlerReopen(ChangeForm):
    heading, button = _("重新启用这个承办单位？"), _("启用")

    @property
    def asks(self) -> str:
        return now_("%(name)s启用后又可以分到诉求。职责清单要另外指定。") % {"name": self.thing.name}

    def act(self, by: Account) -> None:
        actions.edit_handler(self.thing, by=by, is_active=True)


class MemberForm(ChangeForm):
    """Somebody with a post at or below the unit is listed; anybody else is found by the exact user name or mask."""

    heading, button = _("加承办人员"), _("加入")
    person = PersonChoice(label=_("人员"), required=False, help_text=_("列出的是本单位和下级有职务的人。"))
    find = one_line(_("不在里面"), 40, required=False, hint=_("输入完整的用户名，或页面上的隐名，如“王**”。"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        typed = str(self.data.get("find", "")).strip()[:40]
        self.found = listed(named(typed), FOUND) if typed else []
        beside = {p.pk for p in self.found}
        field: Any = self.fields["person"]
        allowed = Person.objects.filter(pk__in=beside) | near(self.unit) if beside else near(self.unit)
        field.offer(allowed, [*self.found, *(p for p in listed(near(self.unit)) if p.pk not in beside)])

    @property
    def asks(self) -> str:
        return now_("加到%(name)s。加入后看得到%(name)s的诉求，不用另有职务。") % {"name": self.thing.name}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        typed = data.get("find", "").strip()
        if data.get("person") is not None or self.errors:
            return data
        exact = [p for p in self.found if p.account.username.lower() == typed.lower()]
        if exact:
            data["person"] = exact[0]
        elif self.found:
            self.add_error("person", now_("找到隐名相同的%(n)s个人，请在这里选一个。") % {"n": len(self.found)})
        elif typed:
            self.add_error("find", now_("没有找到。请核对用户名，要一字不差。"))
        else:
            self.add_error("person", now_("请选一个人，或者在下面输入用户名。"))
        return data

    def act(self, by: Account) -> None:
        actions.join_handler(self.thing, self.cleaned_data["person"], by=by)


class MemberLeave(ChangeForm):
    heading, button = _("不再承办？"), _("不再承办")
    of, lies = HandlerMember, "handler__unit"

    @property
    def asks(self) -> str:
        return now_("%(who)s今天起不再是%(name)s的人员，也看不到那里的诉求。") % {
            "who": self.thing.person.label, "name": self.thing.handler.name,
        }  # fmt: skip

    def act(self, by: Account) -> None:
        actions.leave_handler(self.thing, by=by)


class RotaForm(ChangeForm):
    heading, button = _("排班"), _("排好")
    person = PersonChoice(label=_("值班"))
    stand_in = PersonChoice(label=_("替班"), required=False)
    starts_on = forms.DateField(label=_("自"), widget=DAY, initial=clock.today)
    ends_on = forms.DateField(
        label=_("到"), widget=DAY, required=False, help_text=_("这一天起不再值班，一直值下去就留空。")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        works = working_for(self.thing)
        shown = listed(works)
        for name in ("person", "stand_in"):
            field: Any = self.fields[name]
            field.offer(works, shown)
        self.is_empty = not shown

    @property
    def asks(self) -> str:
        if self.is_empty:
            return now_("%(name)s还没有人员，请先加人。") % {"name": self.thing.name}
        return now_("给%(name)s排班：新分来的诉求归值班的人。") % {"name": self.thing.name}

    def act(self, by: Account) -> None:
        data = dict(self.cleaned_data)
        actions.set_rota(self.thing, data.pop("person"), by=by, **data)


class PassOn(ChangeForm):
    heading, button = _("交接在办诉求"), _("交接")
    holder = PersonChoice(label=_("从谁手上"))
    to = PersonChoice(label=_("交给"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = Case.objects.open().filter(lead=self.thing).exclude(holder=None).order_by()
        many = dict(held.values_list("holder").annotate(n=Count("pk")))
        holders, works = Person.objects.filter(pk__in=many), working_for(self.thing)
        holder: Any = self.fields["holder"]
        holder.offer(holders, [])
        words = [(p.pk, now_("%(who)s，%(n)s件") % {"who": person_label(p), "n": many[p.pk]}) for p in listed(holders)]
        holder.choices = [("", now_("请选择")), *words]
        to: Any = self.fields["to"]
        to.offer(works, listed(works))
        self.is_empty = not many

    @property
    def asks(self) -> str:
        if self.is_empty:
            return now_("%(name)s现在没有人手上有在办的诉求。") % {"name": self.thing.name}
        return now_("把一个人在%(name)s手上没有办完的诉求和任务全部交给另一个人。投诉到接手人的不交。") % {
            "name": self.thing.name
        }

    def act(self, by: Account) -> str:
        n = actions.pass_cases_on(self.thing, by=by, **self.cleaned_data)
        return now_("已交接%(n)s件诉求。") % {"n": n}


class LineEnd(ChangeForm):
    heading, button, tab = _("结束这一条职责？"), _("结束"), "lines"
    of = DutyLine

    @property
    def asks(self) -> str:
        return now_("“%(category)s”今天起不再归%(name)s，改按上级定的办；上级没有定的，受理时再选。在办的不动。") % {
            "category": self.thing.category.name, "name": self.thing.handler.name,
        }  # fmt: skip

    def act(self, by: Account) -> None:
        actions.end_duty_line(self.thing, by=by)


class DutyChange(ChangeForm):
    of, lies = Duty, "handler__unit"


class DutyEnd(DutyChange):
    heading, button = _("结束这段值班？"), _("结束")

    @property
    def asks(self) -> str:
        return now_("%(who)s今天起不再值班，手上的诉求还归本人。") % {"who": self.thing.person.label}

    def act(self, by: Account) -> None:
        actions.end_duty(self.thing, by=by)


class DutyAway(DutyChange):
    heading, button = _("标为请假？"), _("标为请假")

    @property
    def asks(self) -> str:
        if self.thing.stand_in is None:
            return now_("这段值班没有排替班人。请先结束，再带替班人重新排。")
        return now_("新分来的诉求归替班的%(who)s。已经在手上的不动，要转走请用“交接”。") % {
            "who": self.thing.stand_in.label
        }

    def act(self, by: Account) -> str:
        n = actions.mark_away(self.thing, True, by=by)
        return now_("已标为请假，本人手上还有%(n)s件没有办完。") % {"n": n}


class DutyBack(DutyChange):
    heading, button = _("标为回岗？"), _("标为回岗")

    @property
    def asks(self) -> str:
        return now_("新分来的诉求又归%(who)s。") % {"who": self.thing.person.label}

    def act(self, by: Account) -> None:
        actions.mark_away(self.thing, False, by=by)


class TemplateChange(ChangeForm, TemplateForm):
    heading, of = _("修改答复模板"), AnswerTemplate
    edits = ("name", "text", "category", "is_active")
    is_active = forms.BooleanField(label=_("使用"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["category"]
        rows = CaseCategory.objects.filter(is_active=True)
        field.queryset = rows | CaseCategory.objects.filter(pk=self.thing.category_id)

    def act(self, by: Account) -> None:
        actions.edit_template(self.thing, by=by, **self.cleaned_data)


class CategoryChange(ChangeForm, CategoryForm):
    """The code stays; a category belongs to the whole subdistrict."""

    heading, of, lies = _("修改类别"), CaseCategory, ""
    edits = ("name", "group", "says", "keywords", "kind", "is_urgent", "channel", "order", "is_active")
    code = None  # type: ignore[assignment]
    order = forms.IntegerField(label=_("次序"), min_value=0, max_value=9999, help_text=_("小的排在前面。"))
    is_active = forms.BooleanField(label=_("使用"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        n = open_cases_of(self.thing)
        self.fields["is_active"].help_text = (
            now_("停用后不能再选。这一类还有%(n)s件在办，照常办完。") % {"n": n} if n else now_("停用后不能再选。")
        )

    def act(self, by: Account) -> None:
        actions.edit_category(self.thing, by=by, **self.cleaned_data)


CHANGES: dict[str, type[ChangeForm]] = {
    "edit-handler": HandlerChange,
    "close-handler": HandlerClose,
    "reopen-handler": HandlerReopen,
    "member": MemberForm,
    "leave": MemberLeave,
    "rota": RotaForm,
    "pass-on": PassOn,
    "end-line": LineEnd,
    "end-duty": DutyEnd,
    "away": DutyAway,
    "back": DutyBack,
    "edit-template": TemplateChange,
    "edit-category": CategoryChange,
}
