"""Where a case goes, in the request that files it: place → building → red grid → block; category → duty list → who is on duty.

Nothing is left to nobody: what cannot be placed lies with the nearest unit that certainly holds it, with the reason, and
somebody there has a task to place it.
"""

from jiequ.cases.routing.desks import DESKS, Desk, desk_for, held_posts, nearest_desk
from jiequ.cases.routing.duties import handler_for, handlers_for, on_duty
from jiequ.cases.routing.places import Routed, place_of_point, place_of_unit, places_of_points

__all__ = [
    "DESKS",
    "Desk",
    "Routed",
    "desk_for",
    "handler_for",
    "handlers_for",
    "held_posts",
    "nearest_desk",
    "on_duty",
    "place_of_point",
    "place_of_unit",
    "places_of_points",
]
