"""A form field for photos: several files, read by their bytes; what cannot be taken is said at the field."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from jiequ.core import pictures
from jiequ.core.permission import Refused
from jiequ.core.pictures import Picture, read_pictures


class PhotosInput(forms.FileInput):
    allow_multiple_selected = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"accept": pictures.ACCEPT, "multiple": True, **(attrs or {})})

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Every file of that name; a form that was made from a plain dict has one or a list."""
        found = files.getlist(name) if hasattr(files, "getlist") else files.get(name) or []
        return list(found) if isinstance(found, list | tuple) else [found]


class PhotosField(forms.Field):
    """Cleans to a list of `Picture`: decoding happens here, before the action's transaction."""

    widget = PhotosInput

    def __init__(self, *, most: int = 6, **kwargs: Any) -> None:
        super().__init__(**{"required": False, **kwargs})
        self.most = most

    def clean(self, value: Any) -> list[Picture]:
        try:
            return read_pictures(value or [], most=self.most)
        except Refused as error:
            raise ValidationError(error.message, code="photos") from error
