"""Opens the bare views to everybody, and lets one address propose as often as the benchmark wants to."""

from django.apps import AppConfig


class BenchmarksConfig(AppConfig):
    name = "benchmarks"

    def ready(self) -> None:
        from benchmarks.floor import NAMES
        from jiequ.council import public
        from jiequ.people import middleware

        middleware.OPEN = middleware.OPEN | NAMES
        public.SENDS_AN_HOUR = 10**9
