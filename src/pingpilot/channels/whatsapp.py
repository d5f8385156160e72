"""WhatsApp through Meta's Cloud API or Twilio: free text while a person's 24 hours run, else the operator's template.

**Source** of the rules: Meta's and Twilio's documentation, named in the words that this channel stands on.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from pingpilot.domain.channel import ChannelField, ChannelSpec, Config, Conversation, Proof, ProviderError
from pingpilot.domain.incoming import Answer, Incoming, Refused
from pingpilot.domain.message import Message
from pingpilot.domain.meta_cloud import API_URL, META, RATES, TEXT_MAX
from pingpilot.domain.outcome import Delivered
from pingpilot.domain.twilio import API_URL as TWILIO_API_URL
from pingpilot.domain.twilio import TWILIO
from pingpilot.domain.whatsapp import (
    DESCRIPTION_MAX,
    DETAILS_MAX,
    HEARD_AT,
    TITLE_MAX,
    Dialect,
    is_window_open,
    number_issue,
    session_text,
    shown_number,
    template_parameters,
)
from pingpilot.domain.wire import Call

PROVIDERS: Mapping[str, Dialect] = {"meta": META, "twilio": TWILIO}

LINKED = (
    "Congratulations! You have successfully linked your WhatsApp number. You will now receive notifications here. "
    "Write STOP to end them."
)
LINKED_BY_KEY = (
    "Your API key now stands in this chat: delete that message. "
    "Next time use the one-time link on the Channels page, which shows your key to nobody."
)
UNKNOWN_CODE = (
    "This code is unknown, already used or expired. Open Channels in your PingPilot dashboard, "
    "choose WhatsApp and follow the new link: it works once, for 10 minutes."
)
REFUSED = "You cannot send messages to this number."

_HEX = re.compile(r"[0-9a-fA-F]{32}")


def converse(message: Message, config: Config) -> Conversation:
    """Send free text while it is taken, else the template; what it costs is between the operator and the provider."""
    dialect, number = _dialect(config), config["number"]
    is_open = is_window_open(config, message.at)
    is_late = False
    if is_open:
        reply = yield dialect.say_text(number, session_text(message, dialect.text_max), config)
        is_late = dialect.is_outside_window(reply)
    if not is_open or is_late:
        reply = yield dialect.say_template(number, template_parameters(message), config)
    outcome = dialect.outcome(reply, message.at, config)
    if is_late and isinstance(outcome, Delivered):
        return replace(outcome, new_settings={HEARD_AT: ""})
    return outcome


def called(request: Incoming, config: Config) -> Refused | Answer:
    """Hear the provider that the operator chose: who wrote, and what became of messages."""
    return _dialect(config).called(request, config)


def link(username: str, code: str) -> str:
    """Return the URL that opens a chat with our number, the code ready to be sent."""
    return f"https://wa.me/{username.removeprefix('+')}?text={code}"


def say(reply_to: str, text: str, config: Config) -> Call:
    """Return the request that answers a person who has just written."""
    return _dialect(config).say_text(reply_to, text, config)


def _dialect(config: Config) -> Dialect:
    return PROVIDERS.get(config.get("provider", ""), META)


def _needs(given: Config) -> tuple[str, ...]:
    """Return the settings that the chosen provider cannot do without."""
    if _dialect(given) is TWILIO:
        return "business_number", "twilio_account_sid", "twilio_auth_token", "twilio_content_sid"
    return "business_number", "phone_number_id", "token", "app_secret", "verify_token", "template"


def _provider_issue(provider: str) -> str | None:
    return None if provider in PROVIDERS else "Enter meta or twilio."


def _sid_issue(prefix: str, sid: str) -> str | None:
    is_right = sid.startswith(prefix) and _HEX.fullmatch(sid.removeprefix(prefix))
    return None if is_right else f"Enter {prefix} and the 32 digits that follow, as Twilio shows them."


def _digits_issue(value: str) -> str | None:
    return None if value.isdecimal() and value.isascii() else "Enter the number's ID, which is digits alone."


def _template_issue(name: str) -> str | None:
    is_right = re.fullmatch("[a-z0-9_]{1,512}", name)
    return None if is_right else "Enter the template's name: small letters, digits and underscores."


SPEC = ChannelSpec(
    kind="whatsapp",
    label="WhatsApp",
    icon="🟢",
    summary="Writes every event to your WhatsApp, from this instance's business number.",
    proof=Proof.LINK,
    owner_fields=(
        ChannelField(
            name="number",
            label="Number",
            help="Filled in by itself when you send the code of the one-time link.",
            placeholder="+15551234567",
            check=number_issue,
        ),
    ),
    operator_fields=(
        ChannelField("provider", "Provider", "meta or twilio.", default="meta", check=_provider_issue),
        ChannelField(
            "business_number",
            "Business number",
            "The number that people write to and get messages from.",
            placeholder="+15550783881",
            check=number_issue,
        ),
        ChannelField(
            "phone_number_id",
            "Phone number ID",
            "With Meta: what it calls that number in requests; under WhatsApp, API Setup.",
            is_required=False,
            check=_digits_issue,
        ),
        ChannelField(
            "token",
            "Access token",
            "With Meta: of a system user with whatsapp_business_messaging; one that does not expire.",
            is_secret=True,
            is_required=False,
        ),
        ChannelField(
            "app_secret",
            "App secret",
            "With Meta: it signs its calls with it; under App settings, Basic.",
            is_secret=True,
            is_required=False,
        ),
        ChannelField(
            "verify_token",
            "Verify token",
            "With Meta: any text of yours; asked for when you enter the callback URL.",
            is_secret=True,
            is_required=False,
        ),
        ChannelField(
            "template", "Template", "With Meta: the approved template's name.", is_required=False, check=_template_issue
        ),
        ChannelField("template_language", "Language", "With Meta: the template's language code.", default="en"),
        ChannelField(
            "twilio_account_sid",
            "Twilio account",
            "With Twilio: its SID.",
            "AC…",
            is_required=False,
            check=lambda sid: _sid_issue("AC", sid),
        ),
        ChannelField(
            "twilio_auth_token",
            "Twilio auth token",
            "With Twilio: the account's; it signs its calls with it, too.",
            is_secret=True,
            is_required=False,
        ),
        ChannelField(
            "twilio_content_sid",
            "Twilio template",
            "With Twilio: the SID of the approved content template.",
            "HX…",
            is_required=False,
            check=lambda sid: _sid_issue("HX", sid),
        ),
        ChannelField("api_url", "Cloud API", "Where Meta's Cloud API answers.", default=API_URL),
        ChannelField("twilio_api_url", "Twilio API", "Where Twilio's API answers.", default=TWILIO_API_URL),
    ),
    steps=(
        "Open the one-time link on the phone that shall get the events: it works once, for 10 minutes.",
        "Send the message that stands there as it is. The answer says that your number is linked.",
        "For 24 hours after each word of yours events come as full text, later ones in a short, approved form.",
        "Write STOP to switch this destination off, START to switch it on again, anything else for full text.",
    ),
    operator_steps=(
        "With the body `📣 *{{1}}* {{2}} 📋 {{3}} — sent by PingPilot.`, have a utility template approved.",
        "Its three parameters are the title, the description, and the fields with a link to the event.",
        "Let PINGPILOT_PUBLIC_URL begin with https:// and be reached from the internet: the provider calls there.",
        "With Meta: in the app's WhatsApp webhook, enter that address with /hooks/whatsapp behind it as callback URL.",
        "With Meta, too: enter your verify token there, and subscribe to messages.",
        "With Twilio: set PINGPILOT_WHATSAPP_PROVIDER to twilio, and enter its three settings.",
        "With Twilio, too: let incoming messages of the number be posted to that address with /hooks/whatsapp.",
    ),
    limits={
        "text": TEXT_MAX,
        "text_by_twilio": TWILIO.text_max,
        "template_title": TITLE_MAX,
        "template_description": DESCRIPTION_MAX,
        "template_details": DETAILS_MAX,
    },
    rates=RATES,
    address=lambda config: shown_number(config.get("number", "")),
    linked_field="number",
    name_field="business_number",
    needs=_needs,
    errors=(
        ProviderError(
            "`131047`, Twilio `63016`",
            "The 24 hours since your last word were over.",
            "Nothing: the message is sent again by the template.",
        ),
        ProviderError(
            "`131026`, Twilio `63003`, `63024`",
            "The number has no WhatsApp, an old one, or did not accept its terms.",
            "Open WhatsApp on that phone, update it, and switch the destination on.",
        ),
        ProviderError(
            "`131049`, Twilio `63049`",
            "WhatsApp held it back: too many messages of businesses for one person.",
            "Write to the number: free text is not held back. The event can be sent again from its page.",
        ),
        ProviderError(
            "`131050`, Twilio `21610`",
            "You stopped messages of this business.",
            "Write START to the number, or allow its messages in WhatsApp.",
        ),
        ProviderError(
            "`130429`, `131056`, `80007`, Twilio `63018`, `20429`",
            "Too many messages at once.",
            "Nothing: they wait.",
        ),
        ProviderError(
            "`190`, `0`, `10`, `200`, Twilio `20003`",
            "The access token expired, was revoked, or lacks a right.",
            "Operator: make a token that does not expire and set PINGPILOT_WHATSAPP_TOKEN.",
        ),
        ProviderError(
            "`131042`, `131031`, `131048`, `368`",
            "Meta blocked the business: payment, policy, or quality.",
            "Operator: look into the WhatsApp Manager; messages are held and none is lost.",
        ),
        ProviderError(
            "`132000`, `132001`, `132012`, `132015`, `132016`, Twilio `21656`, `63027`",
            "The template is missing, paused, or has not these three parameters.",
            "Operator: check its name and language, and have it approved anew.",
        ),
        ProviderError(
            "`131030`, Twilio `63015`",
            "The number is not among the test numbers, or has not joined the sandbox.",
            "Operator: add it there, or go live; then its owner can switch the destination on.",
        ),
    ),
)
