"""The council's pages that need no sign-in: propose, follow by secret link, resolutions, objections, satisfaction.

They act as PUBLIC, also for a person who happens to be signed in, and show nobody's data. One noun a file.
"""

from jiequ.council.public.motions import public_motion, public_resubmit
from jiequ.council.public.objections import public_object, public_objection
from jiequ.council.public.resolutions import public_rate, public_resolution, resolution_poster
from jiequ.council.public.units import public_propose, public_unit

__all__ = [
    "public_motion",
    "public_object",
    "public_objection",
    "public_propose",
    "public_rate",
    "public_resolution",
    "public_resubmit",
    "public_unit",
    "resolution_poster",
]
