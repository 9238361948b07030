"""The words of a choice, looked up once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import models


def shows(field: str, choices: type[models.TextChoices]) -> Callable[[Any], str]:
    """A model's `get_FIELD_display`. Django's own hashes every choice of the field, each in the reader's language, at each
    call: on a list of fifty motions that was a quarter of the page.

        get_state_display = shows("state", State)
    """
    labels = {member.value: member.label for member in choices}

    def display(row: Any) -> str:
        value = getattr(row, field)
        return str(labels.get(value, value))

    return display
