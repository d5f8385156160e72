"""What Django and allauth are told about accounts. Plain values: importing this starts nothing."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

PASSWORD_MIN_CHARS = 10
"""Length rather than composition. Source: NIST SP 800-63B section 5.1.1.2."""
RECENT_SIGN_IN = timedelta(minutes=10)
"""How long after a sign-in sensitive things ask for no password. Source: SPEC section 3."""
SESSION_LASTS = timedelta(days=14)
"""How long a session lives that is not used."""
SESSION_RENEWED_EVERY = timedelta(days=1)
RESET_LINK_LASTS = timedelta(hours=1)
VERIFY_LINK_LASTS = timedelta(days=3)
EVEN_ANSWER = timedelta(milliseconds=400)
"""How long a sign-up or a reset takes at least: more than making an account does, so that the time tells nothing."""
ISSUER_ID = "oidc"
"""The issuer's name in paths and tables; there is one."""
CODE_TOLERANCE = 1
"""Time steps by which an authenticator app's clock may be wrong, each way. Source: RFC 6238 section 5.2."""
CODE_PERIOD = timedelta(seconds=30)

_VALIDATORS = "django.contrib.auth.password_validation"
_FORMS = "pingpilot.accounts"


@dataclass(frozen=True, slots=True)
class Issuer:
    """An OpenID Connect issuer that people sign in with; ``label`` is what its button says."""

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    label: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What an instance decides about accounts. ``even_answer`` is how long sign-ups and resets take at least."""

    has_smtp: bool
    is_https: bool = False
    issuer: Issuer | None = None
    even_answer: timedelta = timedelta(0)


def settings_for(choices: Choices) -> dict[str, Any]:
    """Return the settings by name. Without SMTP no address can be verified, so each counts as verified at once."""
    return {
        **_sign_in(choices),
        **_passwords(),
        **_cookies(is_https=choices.is_https),
        **_mail(has_smtp=choices.has_smtp),
        **_second_factor(),
        **_issuer(choices.issuer),
    }


def _sign_in(choices: Choices) -> dict[str, Any]:
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
        "ACCOUNT_DEFAULT_HTTP_PROTOCOL": "https" if choices.is_https else "http",
        "ACCOUNT_RATE_LIMITS": _rate_limits(),
        "ACCOUNT_EVEN_ANSWER": choices.even_answer,
    }


def _rate_limits() -> dict[str, str]:
    """Return what differs from allauth's own limits. Passwords are counted by ``guessing``.

    ``login_failed`` is for codes and passkeys, whose guesser knows the password: 40 codes a day are, with three of a
    million right at any time, one chance in 8,000.
    """
    return {
        "login_failed": "5/5m/key,40/d/key",
        "reset_password": "20/m/ip",
        "reset_mail": "1/2m/key,6/h/key",
        "change_email": "5/h/user",
        "wrong_code": "3/10m/user",
        "wrong_code_mail": "1/h/user",
        "export": "10/h/user",
        "download": "60/h/user",
        "payment": "30/h/user",
        "demo": "120/m/ip",
        "failure_noted": "300/h/key",
        "wrong_link": "60/m/ip",
    }


def _passwords() -> dict[str, Any]:
    return {
        "PASSWORD_HASHERS": [
            "pingpilot.accounts.passwords.Argon2id",
            "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        ],
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


def _cookies(*, is_https: bool) -> dict[str, Any]:
    """``__Host-``: no neighbour on a subdomain can plant such a cookie. Source: RFC 6265bis section 4.1.3.2."""
    prefix = "__Host-" if is_https else ""
    return {
        "SESSION_ENGINE": "pingpilot.accounts.session_store",
        "SESSION_COOKIE_AGE": int(SESSION_LASTS.total_seconds()),
        "SESSION_COOKIE_NAME": f"{prefix}pingpilot_session",
        "CSRF_COOKIE_NAME": f"{prefix}pingpilot_csrf",
        "KNOWN_BROWSER_COOKIE_NAME": f"{prefix}pingpilot_browser",
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


def _second_factor() -> dict[str, Any]:
    return {
        "MFA_ADAPTER": "pingpilot.accounts.second_factor.SecondFactorAdapter",
        "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
        "MFA_PASSKEY_LOGIN_ENABLED": True,
        "MFA_WEBAUTHN_USER_VERIFICATION": "required",
        "MFA_TOTP_TOLERANCE": CODE_TOLERANCE,
        "MFA_TOTP_PERIOD": int(CODE_PERIOD.total_seconds()),
        "MFA_FORMS": {
            "authenticate": f"{_FORMS}.code_forms.CodeForm",
            "activate_totp": f"{_FORMS}.code_forms.SetUpAppForm",
            "authenticate_webauthn": f"{_FORMS}.passkey_forms.SecondFactorPasskeyForm",
            "login_webauthn": f"{_FORMS}.passkey_forms.SignInPasskeyForm",
            "add_webauthn": f"{_FORMS}.passkey_forms.AddPasskeyForm",
        },
    }


def _issuer(issuer: Issuer | None) -> dict[str, Any]:
    """Return what allauth is told of the issuer; without one there is nobody to sign in with."""
    apps = [_app(issuer)] if issuer else []
    return {
        "SOCIALACCOUNT_ADAPTER": "pingpilot.accounts.issuer.IssuerAdapter",
        "SOCIALACCOUNT_PROVIDERS": {"openid_connect": {"APPS": apps, "OAUTH_PKCE_ENABLED": True}},
        "SOCIALACCOUNT_EMAIL_AUTHENTICATION": True,
        "SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT": True,
        "SOCIALACCOUNT_STORE_TOKENS": False,
    }


def _app(issuer: Issuer) -> dict[str, Any]:
    return {
        "provider_id": ISSUER_ID,
        "name": issuer.label,
        "client_id": issuer.client_id,
        "secret": issuer.client_secret,
        "settings": {"server_url": issuer.url},
    }
