"""A push notification through the owner's own Gotify server.

**Source** of members and answers: Gotify's published API description, and its documentation of message extras.
"""

import re
from collections.abc import Mapping

from pingpilot.domain.channel import ChannelField, ChannelSpec, Config, Conversation, Proof, ProviderError
from pingpilot.domain.event import Severity
from pingpilot.domain.fitting import fit, one_line
from pingpilot.domain.message import Message
from pingpilot.domain.outcome import AddressDead, AddressSuspect, Delivered, Outcome
from pingpilot.domain.plain_text import plain_text
from pingpilot.domain.reply import Verdict, answered, classify, redirected
from pingpilot.domain.url import shown_of, url_issue
from pingpilot.domain.wire import Call, Reply

TITLE_MAX = 250
MESSAGE_MAX = 10_000
"""Our own: Gotify sets no limit, but nobody reads more on a phone."""

_PRIORITIES: Mapping[Severity, int] = {
    Severity.INFO: 4,
    Severity.SUCCESS: 4,
    Severity.WARNING: 6,
    Severity.CRITICAL: 8,
}
"""Gotify's app makes a sound from 4 on, and vibrates from 8 on."""

_REFUSED: Mapping[int, Verdict] = {401: AddressDead, 403: AddressDead}
"""Said by Gotify itself, that is with its ``errorCode``: the token is wrong."""
_BY_STATUS: Mapping[int, Verdict] = dict.fromkeys((401, 403, 407), AddressSuspect)
"""Said by something before it."""

_TOKEN = re.compile(r"[A-Za-z0-9._-]{10,200}")
_OTHER_TOKEN = re.compile(r"C[A-Za-z0-9._-]{14,22}|gtfy_(?!app)[A-Za-z0-9]*\..*")


def converse(message: Message, config: Config) -> Conversation:
    """Create one message with the token of an application."""
    headers = {"X-Gotify-Key": config["token"]}
    url = f"{config['server'].rstrip('/')}/message"
    reply = yield Call.post_json(url, _payload(message), headers, is_user_host=True)
    return _outcome(reply, message, config)


def _payload(message: Message) -> dict[str, object]:
    return {
        "title": fit(one_line(message.title), TITLE_MAX),
        "message": plain_text(message, MESSAGE_MAX),
        "priority": _PRIORITIES[message.severity],
        "extras": {
            "client::display": {"contentType": "text/plain"},
            "client::notification": {"click": {"url": message.url or message.link}},
        },
    }


def _outcome(reply: Reply, message: Message, config: Config) -> Outcome:
    hidden, said = [config["token"]], reply.field("errorDescription")
    if reply.is_ok:
        return _created(reply)
    if 300 <= reply.status < 400:
        return redirected(reply)
    verdict = _REFUSED.get(reply.status)
    if verdict and reply.field("errorCode") == reply.status:
        return verdict(answered(reply, hidden, said), str(reply.status))
    return classify(reply, message.at, hidden, verdicts=_BY_STATUS, said=said)


def _created(reply: Reply) -> Outcome:
    """Return delivered only for an answer that Gotify gives: many a web page answers 200 to anything."""
    found = reply.field("id")
    if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 2**63:
        return Delivered(str(found))
    detail = f"Answered {reply.status}, but not as Gotify does. Check the server's address."
    return AddressSuspect(detail, str(reply.status))


def _server_issue(server: str) -> str | None:
    if issue := url_issue(server):
        return issue
    return "Enter the server's address alone, without ? and #." if re.search("[?#]", server) else None


def _token_issue(token: str) -> str | None:
    if _OTHER_TOKEN.fullmatch(token):
        return "This is the token of a client, which reads. Enter that of an application, which writes."
    return None if _TOKEN.fullmatch(token) else "Enter the application's token as Gotify shows it under Apps."


SPEC = ChannelSpec(
    kind="gotify",
    label="Gotify",
    icon="🔔",
    summary="Pushes every event to your phone through your own Gotify server.",
    proof=Proof.TEST,
    owner_fields=(
        ChannelField(
            name="server",
            label="Server",
            help="The address of your Gotify, with its path if it has one.",
            placeholder="https://gotify.example.com",
            check=_server_issue,
        ),
        ChannelField(
            name="token",
            label="Application token",
            help="Made in Gotify under Apps; a client's token only reads.",
            placeholder="A…",
            is_secret=True,
            check=_token_issue,
        ),
    ),
    steps=(
        "In Gotify, open Apps and choose Create application.",
        "Copy the application's token, and enter it here with the address of the server.",
        "Install Gotify's app on your phone and sign in to the same server.",
        "Send the test message.",
    ),
    limits={"title": TITLE_MAX, "message": MESSAGE_MAX},
    address=lambda config: shown_of(config.get("server", "")).removesuffix("/…"),
    errors=(
        ProviderError(
            "`401` provide a valid access token",
            "The token is wrong, or its application was deleted.",
            "Copy the token of an application again and add the channel anew.",
        ),
        ProviderError(
            "`403` not allowed to access this api",
            "The token may not send messages: it is a client's.",
            "Use the token of an application.",
        ),
        ProviderError(
            "`404`",
            "There is no Gotify at this address.",
            "Check the server's address and its path.",
        ),
        ProviderError(
            "Answered 200, but not as Gotify does",
            "The address is that of another web page.",
            "Check the server's address and its path.",
        ),
        ProviderError(
            "`502`, `503`",
            "The proxy before Gotify does not reach it.",
            "Start Gotify; messages of 24 hours are tried again by themselves.",
        ),
    ),
)
