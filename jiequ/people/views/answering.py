"""How a form answers: what was typed stays, and a refusal stands at the field it is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from jiequ.core.permission import Refused

T = TypeVar("T")


def attempt(request: HttpRequest, form: forms.Form, act: Callable[[dict[str, Any]], T]) -> T | None:
    """Do `act` with the form's data if it was sent and is complete; None otherwise, with the reasons on the form."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        return act(form.cleaned_data)
    except Refused as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return None


def form_page(
    request: HttpRequest,
    form: forms.Form,
    *,
    title: Any,
    button: Any,
    back: str,
    template: str = "people/form.html",
    **more: Any,
) -> HttpResponse:
    """The page of one form; 422 when it comes back with errors, so that a script can tell."""
    context = {"here": "people", "form": form, "title": title, "button": button, "back": back, **more}
    return render(request, template, context, status=422 if form.errors else 200)


def list_page(request: HttpRequest, noun: str, context: dict[str, Any]) -> HttpResponse:
    """The whole page, or its list alone where htmx only re-draws them."""
    rows_only = bool(getattr(request, "htmx", False))
    return render(request, f"people/_{noun}_part.html" if rows_only else f"people/{noun}_list.html", context)
