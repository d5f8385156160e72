"""Settings that are one of a few words."""

from enum import StrEnum


class SignUp(StrEnum):
    """Who may make an account."""

    OPEN = "open"
    INVITE = "invite"
    CLOSED = "closed"


class ProxyHeader(StrEnum):
    """The one header in which proxies name the client; ``x-forwarded-for`` has ``x-forwarded-proto`` beside it."""

    CUSTOMARY = "x-forwarded-for"
    FORWARDED = "forwarded"


class LogFormat(StrEnum):
    """How log lines look; ``auto`` is text on a terminal and JSON elsewhere."""

    AUTO = "auto"
    JSON = "json"
    TEXT = "text"


class LogLevel(StrEnum):
    """From which level on log lines are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
