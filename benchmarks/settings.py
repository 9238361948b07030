"""The product's settings, and the bare views of `floor.py` beside its pages."""

from jiequ.site.settings import *  # noqa: F403
from jiequ.site.settings import INSTALLED_APPS, STATIC_ROOT, STORAGES

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks"]
ROOT_URLCONF = "benchmarks.urls"
if not (STATIC_ROOT / "staticfiles.json").exists():  # nothing was collected: pages name their files without a digest
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
