"""The pilot's service at the doors (红色网格服务): key households, what is done there, wishes, deeds, campaigns, teams, and the members
who are found on the way. This file says when; the others act it out, through the product's own actions."""

from __future__ import annotations

from datetime import date
from random import Random

from jiequ.core import clock
from jiequ.demo.cast import Cast
from jiequ.demo.outreach_found import Found
from jiequ.demo.outreach_homes import Homes
from jiequ.demo.outreach_morning import Morning
from jiequ.demo.outreach_service import Service
from jiequ.demo.outreach_visits import Visits
from jiequ.demo.outreach_wishes import Wishes
from jiequ.demo.timeline import Timeline

REGISTERED = date(2021, 3, 8)


class Outreach:
    def __init__(self, cast: Cast, timeline: Timeline) -> None:
        self.cast, self.timeline = cast, timeline
        self.homes = Homes(Random("homes"), cast)
        self.visits = Visits(Random("visits"), cast, timeline, self.homes)

    def act(self) -> None:
        self.timeline.at(clock.at(REGISTERED, 9, 30), self.register)
        Found(Random("found"), self.cast, self.timeline).act()
        Wishes(Random("wishes"), self.cast, self.timeline, self.homes).act()
        Service(Random("service"), self.cast, self.timeline, self.homes).act()
        Morning(Random("morning"), self.cast, self.timeline, self.homes).act()

    def register(self) -> None:
        """The lists of the three communities come in, and the year is planned."""
        self.homes.register()
        self.visits.plan()
