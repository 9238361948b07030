"""Sign-in and people's pages."""

from jiequ.people.views.access import locked_out

__all__ = ["locked_out"]
