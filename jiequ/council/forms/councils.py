"""Amending the rules."""

from __future__ import annotations

from django import forms

from jiequ.council.models import DecisionRule


class RuleForm(forms.ModelForm):
    """A new version of a rule; the old one is shown as the starting point."""

    class Meta:
        model = DecisionRule
        fields = ["name", "effective_on", *DecisionRule.TERMS]
        widgets = {"effective_on": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})}
