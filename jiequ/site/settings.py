"""Settings, read from the environment once.

JIEQU_MODE         demo | production (default) | test
JIEQU_HOME         folder for the database, keys and uploads (default: var/ in the checkout)
JIEQU_DATABASE_URL postgresql://user:password@host:port/name; SQLite in JIEQU_HOME when empty
JIEQU_SECRET_KEY   required in production; demo and test make their own
JIEQU_HOSTS        comma-separated host names the site answers to (production)
JIEQU_BEHIND_PROXY, JIEQU_EMAIL_HOST, JIEQU_EMAIL_FROM, JIEQU_WEBHOOK_URL, JIEQU_FONTS, JIEQU_DEBUG: see
docs/operations.md
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from jiequ.site import keys

CHECKOUT = Path(__file__).resolve().parents[2]
MODE = os.environ.get("JIEQU_MODE", "production")
HOME = Path(os.environ.get("JIEQU_HOME") or CHECKOUT / "var").resolve()
DEMO = MODE == "demo"

if MODE not in {"demo", "production", "test"}:
    raise ImproperlyConfigured(f"JIEQU_MODE is {MODE!r}; it must be demo, production or test.")

DEBUG = os.environ.get("JIEQU_DEBUG") == "1"
SECRET_KEY = os.environ.get("JIEQU_SECRET_KEY", "")
ALLOWED_HOSTS = [h for h in os.environ.get("JIEQU_HOSTS", "").split(",") if h]

if MODE == "production":
    missing = []
    if not SECRET_KEY:
        missing.append("JIEQU_SECRET_KEY is not set: give it 50 random characters.")
    elif len(SECRET_KEY) < 50:
        missing.append("JIEQU_SECRET_KEY is shorter than 50 characters.")
    if DEBUG:
        missing.append("JIEQU_DEBUG is on: error pages would show personal data. Unset it.")
    if not ALLOWED_HOSTS:
        missing.append("JIEQU_HOSTS is not set: name the hosts the site answers to.")
    if not keys.path(HOME).exists():
        missing.append(f"{keys.path(HOME)} is missing: `jiequ make-keys` makes it; keep a copy off this machine.")
    if missing:
        raise ImproperlyConfigured("Jiequ will not start:\n- " + "\n- ".join(missing))
    KEYS = keys.read(HOME)
elif MODE == "demo":
    KEYS = keys.read_or_make(HOME)
    SECRET_KEY = SECRET_KEY or KEYS.session
    ALLOWED_HOSTS = ALLOWED_HOSTS or ["*"]
else:
    KEYS = keys.for_tests()
    SECRET_KEY = "only for tests " * 4
    ALLOWED_HOSTS = ["*"]

INSTALLED_APPS = [
    "jiequ.core",
    "jiequ.territory",
    "jiequ.people",
    "jiequ.work",
    "jiequ.cases",
    "jiequ.outreach",
    "jiequ.council",
    "jiequ.overview",
    "jiequ.api",
    "jiequ.demo",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "axes",
    "csp",
    "treebeard",
    "django_tasks",
    "django_tasks_db",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "jiequ.api.open311.middleware.ErrorsAreBodies",
    "jiequ.core.middleware.BodyWithinLimit",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "jiequ.people.middleware.ClosedUnlessListed",
    "jiequ.core.middleware.RefusedIsAnAnswer",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "jiequ.site.urls"
WSGI_APPLICATION = "jiequ.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["jiequ.core.templatetags.jiequ"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "jiequ.overview.frame.frame",
            ],
        },
    }
]


def database(url: str) -> dict[str, object]:
    """SQLite in JIEQU_HOME, or the PostgreSQL that `url` names."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(HOME / "jiequ.sqlite3"),
            # The last connection to close empties the log, and syncs twice: 97 small writes a second instead of 579.
            "CONN_MAX_AGE": 0 if MODE == "test" else 600,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-64000;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"JIEQU_DATABASE_URL begins with {parts.scheme!r}; only postgresql:// is known.")
    found: dict[str, object] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,  # a new connection per request costs 5.7 times the CPU
        "CONN_HEALTH_CHECKS": True,
    }
    return found


DATABASES = {"default": database(os.environ.get("JIEQU_DATABASE_URL", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = ["axes.W006"]  # lock-out is per account on purpose, see AXES_LOCKOUT_PARAMETERS

AUTH_USER_MODEL = "people.Account"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "jiequ.people.accounts.AccountBackend"]
PASSWORD_HASHERS = ["jiequ.people.accounts.Argon2AtOwaspParameters"]
if MODE == "test":  # the suite opens thousands of accounts; the tests of the hasher name the real one themselves
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *PASSWORD_HASHERS]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.5  # hours
AXES_LOCKOUT_PARAMETERS = [["username"]]  # per account: an office behind one address is not locked out together
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "jiequ.people.views.locked_out"
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

SESSION_COOKIE_AGE = 8 * 3600  # a working day
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "jiequ.core.views.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = MODE == "production"
SECURE_HSTS_SECONDS = 31536000 if MODE == "production" else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = MODE == "production"
BEHIND_PROXY = os.environ.get("JIEQU_BEHIND_PROXY") == "1"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [CHECKOUT / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = (HOME if MODE == "test" else CHECKOUT) / "static"  # tests read the sources, not what was collected
STATICFILES_DIRS = [path for path in [CHECKOUT / "web" / "dist"] if path.exists()]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(HOME / "uploads")},
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if MODE != "test"
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = MODE == "test"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_PERMISSIONS = 0o600
UPLOAD_LIMIT = 20_000_000  # bytes; a larger body is refused unread, but where a view takes more (core/uploads.py)
UPLOAD_HELD = 40_000_000  # bytes of a request that are kept, in memory: no upload lies in /tmp in the clear
FILE_UPLOAD_HANDLERS = ["jiequ.core.uploads.InMemory"]

#: What is counted within the hour (core/pace.py): a flood must not push out its own count.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}}}
TASKS = {
    "default": {
        "BACKEND": "django_tasks.backends.immediate.ImmediateBackend"
        if MODE == "test"
        else "django_tasks_db.DatabaseBackend"
    }
}

EMAIL_HOST = os.environ.get("JIEQU_EMAIL_HOST", "")
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend" if EMAIL_HOST else "django.core.mail.backends.dummy.EmailBackend"
)
DEFAULT_FROM_EMAIL = os.environ.get("JIEQU_EMAIL_FROM", "jiequ@localhost")
WEBHOOK_URL = os.environ.get("JIEQU_WEBHOOK_URL", "")
FONTS = os.environ.get("JIEQU_FONTS", "")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"axes": {"level": "ERROR"}},
}
