"""The long tail: some fifty further services, through the Apprise library.

The library tells little of what went wrong, so outcomes are coarse. **Source:** its result, and the statuses that its
plugins log.
"""

from collections.abc import Mapping

from pingpilot.domain.apprise_url import SERVICES, apprise_issue, service_of
from pingpilot.domain.channel import ChannelField, ChannelSpec, Config, Conversation, Proof, ProviderError
from pingpilot.domain.event import Severity
from pingpilot.domain.fitting import fit, one_line, visible
from pingpilot.domain.message import Message
from pingpilot.domain.outcome import AddressDead, AddressSuspect, Delivered, Outcome, Transient
from pingpilot.domain.plain_text import plain_text
from pingpilot.domain.reply import RETRY_AFTER_UNSAID, rate_limited, unanswered
from pingpilot.domain.wire import Notification, Reply

TITLE_MAX, BODY_MAX = 200, 2000
"""The library cuts further where a service takes less: 160 characters in a text message."""

_KINDS: Mapping[Severity, str] = {
    Severity.INFO: "info",
    Severity.SUCCESS: "success",
    Severity.WARNING: "warning",
    Severity.CRITICAL: "failure",
}
_SUSPECT = frozenset({401, 403, 404, 410})


def converse(message: Message, config: Config) -> Conversation:
    """Hand the notification to the library, as plain text."""
    title = fit(visible(one_line(message.title)), TITLE_MAX)
    body = plain_text(message, BODY_MAX)
    reply = yield Notification(config["url"], title, body, _KINDS[message.severity])
    return _outcome(reply, config)


def _outcome(reply: Reply, config: Config) -> Outcome:
    if reply.failure is not None:
        return unanswered(reply)
    if reply.is_ok:
        return Delivered()
    service = service_of(config["url"])
    if service is None or reply.headers.get("stage") == "url":
        return AddressDead("The Apprise library cannot read this URL. Remove it here, and add it as its service asks.")
    detail, code = f"{service.label} answered {reply.status}.", str(reply.status)
    if reply.status == 429:
        return rate_limited(RETRY_AFTER_UNSAID, detail, code)
    return (AddressSuspect if reply.status in _SUSPECT else Transient)(detail, code)


def _address(config: Config) -> str:
    service = service_of(config.get("url", ""))
    return service.label if service else "Apprise"


SPEC = ChannelSpec(
    kind="apprise",
    label="More services",
    icon="🧩",
    summary=f"Reaches {len(SERVICES)} further services: PagerDuty, Pushbullet, Google Chat, text messages and others.",
    proof=Proof.TEST,
    owner_fields=(
        ChannelField(
            name="url",
            label="Apprise URL",
            help="One destination in the form of the Apprise library, with the tokens that the service gave you.",
            placeholder="pbul://<access token>",
            is_secret=True,
            check=apprise_issue,
        ),
    ),
    steps=(
        f"Find your service among these: {', '.join(sorted((one.label for one in SERVICES.values()), key=str.lower))}.",
        "Get the token or key that it asks for, in its own settings.",
        "Put them into a URL as the service's page in the Apprise documentation shows, with one recipient.",
        "Enter the URL here and send the test message.",
    ),
    address=_address,
    errors=(
        ProviderError(
            "`401`, `403`, `404`, `410`",
            "The service refuses the token, or knows no such recipient.",
            "Check both in the service, then add the URL anew; after three refusals over a day it is switched off.",
        ),
        ProviderError("`429`", "Too many messages in a short time.", "Nothing: it waits a minute and tries again."),
        ProviderError(
            "Sent, but no answer came",
            "The service did not answer in time.",
            "Nothing: it is tried again, and may arrive twice.",
        ),
        ProviderError(
            "Not set up on this instance",
            "The Apprise library cannot be started here.",
            "Operator: install PingPilot's locked packages again.",
        ),
    ),
)
