"""What Django and allauth are told about accounts. Plain values: importing this starts nothing."""

from datetime import timedelta
from typing import Any

PASSWORD_MIN_CHARS = 10
"""Length rather than composition. Source: NIST SP 800-63B section 5.1.1.2."""
RECENT_SIGN_IN = timedelta(minutes=10)
"""How long after a sign-in sensitive things ask for no password. Source: SPEC section 3."""
SESSION_LASTS = timedelta(days=14)
RESET_LINK_LASTS = timedelta(hours=1)
VERIFY_LINK_LASTS = timedelta(days=3)

_VALIDATORS = "django.contrib.auth.password_validation"
_HASHERS = "django.contrib.auth.hashers"


def settings_for(*, has_smtp: bool) -> dict[str, Any]:
    """Return the settings by name. Without SMTP no address can be verified, so each counts as verified at once."""
    return {**_sign_in(), **_passwords(), **_sessions(), **_mail(has_smtp=has_smtp)}


def _sign_in() -> dict[str, Any]:
    """Rate limits are allauth's own, and on: sign-ins, sign-ups, resets, reauthentications."""
    return {
        "AUTHENTICATION_BACKENDS": ["allauth.account.auth_backends.AuthenticationBackend"],
        "LOGIN_URL": "account_login",
        "LOGIN_REDIRECT_URL": "dashboard",
        "LOGOUT_REDIRECT_URL": "landing",
        "ACCOUNT_ADAPTER": "pingpilot.accounts.adapter.AccountAdapter",
        "ACCOUNT_LOGIN_METHODS": {"email"},
        "ACCOUNT_SIGNUP_FIELDS": ["email*", "password1*"],
        "ACCOUNT_USER_MODEL_USERNAME_FIELD": None,
        "ACCOUNT_UNIQUE_EMAIL": True,
        "ACCOUNT_PREVENT_ENUMERATION": True,
        "ACCOUNT_LOGOUT_ON_GET": False,
        "ACCOUNT_REAUTHENTICATION_REQUIRED": True,
        "ACCOUNT_REAUTHENTICATION_TIMEOUT": int(RECENT_SIGN_IN.total_seconds()),
    }


def _passwords() -> dict[str, Any]:
    return {
        "PASSWORD_HASHERS": [f"{_HASHERS}.Argon2PasswordHasher", f"{_HASHERS}.PBKDF2PasswordHasher"],
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": f"{_VALIDATORS}.MinimumLengthValidator", "OPTIONS": {"min_length": PASSWORD_MIN_CHARS}},
            {"NAME": f"{_VALIDATORS}.CommonPasswordValidator"},
            {
                "NAME": f"{_VALIDATORS}.UserAttributeSimilarityValidator",
                "OPTIONS": {"user_attributes": ("email", "name")},
            },
        ],
        "PASSWORD_RESET_TIMEOUT": int(RESET_LINK_LASTS.total_seconds()),
        "ACCOUNT_LOGIN_ON_PASSWORD_RESET": False,
        "ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE": False,
    }


def _sessions() -> dict[str, Any]:
    return {
        "SESSION_ENGINE": "django.contrib.sessions.backends.db",
        "SESSION_COOKIE_AGE": int(SESSION_LASTS.total_seconds()),
        "SESSION_COOKIE_NAME": "pingpilot_session",
        "CSRF_COOKIE_NAME": "pingpilot_csrf",
        "ACCOUNT_SESSION_REMEMBER": True,
    }


def _mail(*, has_smtp: bool) -> dict[str, Any]:
    return {
        "ACCOUNT_EMAIL_VERIFICATION": "mandatory" if has_smtp else "none",
        "ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS": VERIFY_LINK_LASTS.days,
        "ACCOUNT_CONFIRM_EMAIL_ON_GET": False,  # a mail scanner that follows links must not confirm
        "ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION": True,
        "ACCOUNT_EMAIL_NOTIFICATIONS": has_smtp,
        "ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS": False,  # nobody is mailed who has no account here
        "ACCOUNT_EMAIL_SUBJECT_PREFIX": "PingPilot: ",
    }
