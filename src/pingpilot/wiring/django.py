"""Django's settings, made from ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from pingpilot.config.postgresql_address import parse_postgresql_address
from pingpilot.domain.plan import Catalogue

SQLITE_OPTIONS: dict[str, object] = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY; "
        "PRAGMA cache_size=-8192; PRAGMA wal_autocheckpoint=16000; PRAGMA journal_size_limit=134217728"
    ),
}
"""FULL: a commit is on disk before it is answered. IMMEDIATE: no transaction ever has to turn from reader to writer.

A checkpoint each 16,000 pages (64 MB of log), in place of each 1,000: the commit that makes it holds up all that wait,
and pages that are written again and again are copied once. The file of the log keeps its size: growing it costs time.
"""

POSTGRESQL_OPTIONS: dict[str, object] = {
    "application_name": "pingpilot",
    "connect_timeout": 5,
    "target_session_attrs": "read-write",
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
"""Of every connection. Of several hosts the one is taken that can be written to: a replica is passed over until it was
promoted. A host that vanished without a word is given up after 25 s, in place of a quarter of an hour.
Source: PostgreSQL's manual, libpq, "Parameter Key Words"; seconds, the last one milliseconds."""
_ADDRESS = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}


@dataclass(frozen=True, slots=True)
class Web:
    """What the control plane needs to know of this instance. ``secret`` signs cookies and links.

    ``payment_pages`` are the sites to which a form of ours may lead: browsers hold redirects against the policy, too.
    """

    secret: str = field(repr=False)
    database: Mapping[str, object] = field(repr=False)
    public_url: str
    sender: str
    smtp: Mapping[str, object] = field(default_factory=dict, repr=False)
    accounts: Mapping[str, object] = field(default_factory=dict)
    has_issuer: bool = False
    services: object = None
    plans: Catalogue = field(default_factory=Catalogue)
    payment_pages: Sequence[str] = ()
    debug: bool = False


def sqlite(path: Path | str) -> dict[str, object]:
    """Return the database settings of an SQLite file."""
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "CONN_MAX_AGE": None, "OPTIONS": SQLITE_OPTIONS}


def postgresql(url: str) -> dict[str, object]:
    """Return the database settings of a ``postgresql://user:password@host:port/name`` address.

    It may name several hosts, and what else libpq understands; that goes before what is usual here.
    """
    given = dict(parse_postgresql_address(url))
    return {
        "ENGINE": "django.db.backends.postgresql",
        **{ours: given.pop(theirs, "") for ours, theirs in _ADDRESS.items()},
        "CONN_MAX_AGE": None,  # as long as the thread lives: wiring/lanes
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**POSTGRESQL_OPTIONS, **given},
    }


def settings_for(web: Web) -> dict[str, Any]:
    """Return all of Django's settings."""
    is_https = web.public_url.startswith("https://")
    return {
        "PINGPILOT": web.services,
        "PINGPILOT_PLANS": web.plans,
        "SECRET_KEY": web.secret,
        "DEBUG": web.debug,
        "DATABASES": {"default": dict(web.database)},
        "AUTH_USER_MODEL": "store.User",
        "ROOT_URLCONF": "pingpilot.wiring.urls",
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "DEFAULT_FROM_EMAIL": web.sender,
        "SERVER_EMAIL": web.sender,
        **_apps(has_issuer=web.has_issuer),
        **_cache(web.database),
        **_templates(),
        **_security(is_https, web.public_url, web.payment_pages),
        **web.smtp,
        **web.accounts,
    }


def _apps(*, has_issuer: bool) -> dict[str, Any]:
    return {
        "INSTALLED_APPS": [
            "pingpilot.store",
            "pingpilot.accounts",
            "pingpilot.console",
            "pingpilot.api",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.messages",
            "django.contrib.staticfiles",
            "django_htmx",
            "csp",
            "allauth",
            "allauth.account",
            "allauth.mfa",
            "allauth.socialaccount",
            # it has no tables, and brings a client of HTTP along
            *(["allauth.socialaccount.providers.openid_connect"] if has_issuer else []),
        ],
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            "pingpilot.api.door.api_door",
            "django.middleware.gzip.GZipMiddleware",
            "csp.middleware.CSPMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
            "django_htmx.middleware.HtmxMiddleware",
            "pingpilot.accounts.presence.presence",
            "allauth.account.middleware.AccountMiddleware",
        ],
    }


def _cache(database: Mapping[str, object]) -> dict[str, Any]:
    """Where failures are counted: one process counts in its memory, several in their common database."""
    is_shared = database["ENGINE"] == "django.db.backends.postgresql"
    own = {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
    return {"CACHES": {"default": {"BACKEND": "pingpilot.accounts.shared_cache.SharedCache"} if is_shared else own}}


def _templates() -> dict[str, Any]:
    return {
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "builtins": ["pingpilot.console.templatetags.roles"],
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ],
                },
            }
        ],
        "STATIC_URL": "/static/",
    }


def _security(is_https: bool, public_url: str, payment_pages: Sequence[str]) -> dict[str, Any]:
    policy = {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF, *payment_pages],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
    return {
        "CONTENT_SECURITY_POLICY": {"DIRECTIVES": policy},
        "ALLOWED_HOSTS": ["*"],  # wiring/front looks at them
        "CSRF_TRUSTED_ORIGINS": [public_url] if is_https else [],
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_SECURE": is_https,
        "SESSION_COOKIE_SECURE": is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        # said in every answer, not by Django alone: wiring/front
        "SECURE_CONTENT_TYPE_NOSNIFF": False,
        "SECURE_REFERRER_POLICY": None,
        "SECURE_CROSS_ORIGIN_OPENER_POLICY": None,
        "X_FRAME_OPTIONS": "DENY",
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 1_048_576,
        "MESSAGE_STORAGE": "django.contrib.messages.storage.session.SessionStorage",
        "LOGGING_CONFIG": None,
    }
