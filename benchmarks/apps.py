"""Opens the bare views to everybody, and lets one address propose as often as the benchmark wants to."""

from django.apps import AppConfig


class BenchmarksConfig(AppConfig):
    name = "benchmarks"

    def ready(self) -> None:
        from benchmarks.floor import NAMES
        from jiequ.core import pace
        from jiequ.people import middleware

        middleware.OPEN = middleware.OPEN | NAMES
        for limit in ("AN_ADDRESS", "A_BROWSER", "WITHOUT_COOKIE", "THE_SAME"):
            setattr(pace, limit, 10**9)
