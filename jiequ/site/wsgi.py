"""The door of the server."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jiequ.site.settings")
application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018  # every view is loaded before the first request, not by it
gc.collect()
gc.freeze()  # what is loaded stays: a full collection took 60 ms of some request, now it looks at what requests leave
