"""Signing in with Discord: it tells us an owner's user ID, and lets the bot write to them.

**Source:** Discord's documentation of OAuth2, and of apps that people add to their account.
"""

import base64
import re
from datetime import timedelta
from urllib.parse import quote, urlencode

from pingpilot.domain.channel import Config
from pingpilot.domain.connecting import Connected, Exchange, NotConnected
from pingpilot.domain.discord_api import API_URL, id_of, said_by
from pingpilot.domain.fitting import fit, one_line, visible
from pingpilot.domain.wire import Call, Reply

SCOPES = "identify applications.commands"
"""To learn the user ID, and to add the bot to the account: a bot that shares nothing with a person cannot write."""
USER_INSTALL = "1"
NAME_MAX = 40
TIMEOUT = timedelta(seconds=10)
"""Somebody waits before a page meanwhile."""

UNREADABLE = "Discord did not answer as it should. Try again in a minute, or enter your user ID"
STALE = "Discord takes this sign-in no more: it waited too long, or was used before. Press Connect Discord once more"
UNKNOWN = (
    "Discord does not know this instance. Enter your user ID, and tell its operator to check "
    "PINGPILOT_DISCORD_CLIENT_ID and PINGPILOT_DISCORD_CLIENT_SECRET"
)

_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{10,1000}")


def is_offered(config: Config) -> bool:
    """Tell whether the operator set both halves of what Discord knows this instance by."""
    return bool(config.get("client_id") and config.get("client_secret"))


def consent_url(state: str, back_url: str, config: Config) -> str:
    """Return the page where Discord asks an owner whether they agree; the browser comes back to ``back_url``."""
    asked = {
        "client_id": config["client_id"],
        "response_type": "code",
        "redirect_uri": back_url,
        "scope": SCOPES,
        "integration_type": USER_INSTALL,
        "state": state,
    }
    site = _api(config).partition("/api/")[0]
    return f"{site}/oauth2/authorize?{urlencode(asked, quote_via=quote)}"


def exchange(code: str, back_url: str, config: Config) -> Exchange:
    """Trade the code for a token, ask with it who they are, and forget it."""
    login = base64.b64encode(f"{config['client_id']}:{config['client_secret']}".encode()).decode()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back_url}
    headers = {**said_by(config), "Authorization": f"Basic {login}"}
    call = Call.post_form(f"{_api(config)}/oauth2/token", form, headers)
    reply = yield Call(call.method, call.url, call.headers, call.body, timeout=TIMEOUT)
    token = _token_of(reply)
    if not token:
        return NotConnected(_refusal(reply))
    headers = {**said_by(config), "Authorization": f"Bearer {token}"}
    reply = yield Call("GET", f"{_api(config)}/users/@me", headers, timeout=TIMEOUT)
    user = id_of(reply) if reply.is_ok else ""
    return Connected({"user_id": user}, _name_of(reply)) if user else NotConnected(UNREADABLE)


def _api(config: Config) -> str:
    return config.get("api_url") or API_URL


def _token_of(reply: Reply) -> str:
    """Return the token, if it is one that lets us ask who they are; empty otherwise."""
    token, scope = reply.field("access_token"), reply.field("scope")
    is_ours = isinstance(token, str) and _TOKEN.fullmatch(token) and isinstance(scope, str)
    return str(token) if reply.is_ok and is_ours and "identify" in str(scope).split() else ""


def _refusal(reply: Reply) -> str:
    match reply.field("error"):
        case "invalid_grant":
            return STALE
        case "invalid_client" | "unauthorized_client":
            return UNKNOWN
        case _:
            return UNKNOWN if reply.status == 401 else UNREADABLE


def _name_of(reply: Reply) -> str:
    name = reply.field("username")
    text = fit(visible(one_line(name)).strip(), NAME_MAX) if isinstance(name, str) else ""
    return f"@{text}" if text else ""
