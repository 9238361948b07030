"""Opens the bare views to everybody, and lets one address propose as often as the benchmark wants to."""

from django.apps import AppConfig


class BenchmarksConfig(AppConfig):
    name = "benchmarks"

    def ready(self) -> None:
        from benchmarks.floor import NAMES
        from jiequ.core import pace
        from jiequ.people import middleware

        middleware.OPEN = middleware.OPEN | NAMES
        pace.SENDS_AN_HOUR = 10**9
