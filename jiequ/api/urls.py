"""Pages of this house."""

from typing import Any

urlpatterns: list[Any] = []
