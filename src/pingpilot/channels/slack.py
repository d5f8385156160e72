"""A message in a Slack channel, through an incoming webhook or a bot.

**Source** of blocks, limits and errors: Slack's documentation of Block Kit, incoming webhooks and chat.postMessage.
"""

import re
from collections.abc import Mapping
from datetime import timedelta

from pingpilot.domain.channel import ChannelField, ChannelSpec, Config, Conversation, Proof, ProviderError
from pingpilot.domain.message import Message
from pingpilot.domain.outcome import (
    AddressDead,
    AddressSuspect,
    BadMessage,
    Delivered,
    Outcome,
    Scope,
    Transient,
    Unknown,
)
from pingpilot.domain.rate import Rate
from pingpilot.domain.reply import Verdict, answered, classify, rate_limited, retry_after
from pingpilot.domain.slack_blocks import BLOCKS_MAX, FIELD_MAX, FIELDS_MAX, TEXT_MAX, TOTAL_MAX, blocks_of, fallback_of
from pingpilot.domain.url import hidden_in
from pingpilot.domain.wire import Call, Reply

API_URL = "https://slack.com/api"
RATES = (Rate(Scope.ADDRESS, timedelta(seconds=1), burst=5),)
"""Source: Slack's documentation of its rate limits: one message a second in a channel but for short bursts."""

_ERRORS: Mapping[str, Verdict | type[Unknown]] = {
    **dict.fromkeys(
        (
            "no_service", "no_service_id", "no_active_hooks", "no_team", "team_disabled", "invalid_token",
            "channel_is_archived", "is_archived", "channel_not_found", "not_in_channel", "user_not_found",
            "action_prohibited", "posting_to_general_channel_denied", "restricted_action",
            "restricted_action_read_only_channel", "restricted_action_thread_only_channel",
            "restricted_action_non_threadable_channel", "is_inactive", "messages_tab_disabled",
            "invalid_auth", "account_inactive", "token_revoked", "token_expired", "not_authed", "missing_scope",
            "no_permission", "not_allowed_token_type", "access_denied", "ekm_access_denied", "team_access_not_granted",
            "enterprise_is_restricted",
        ),
        AddressDead,
    ),
    **dict.fromkeys(
        (
            "invalid_payload", "invalid_blocks", "invalid_blocks_format", "no_text", "msg_too_long",
            "msg_blocks_too_long", "too_many_attachments", "missing_text_or_fallback_or_attachments",
            "invalid_arguments", "invalid_arg_name", "invalid_array_arg", "invalid_charset", "invalid_form_data",
            "invalid_post_type", "missing_post_type", "invalid_json", "json_not_object",
        ),
        BadMessage,
    ),
    **dict.fromkeys(
        (
            "rollup_error", "service_unavailable", "request_timeout", "team_added_to_org", "org_login_required",
            "accesslimited",
        ),
        Transient,
    ),
    **dict.fromkeys(("internal_error", "fatal_error"), Unknown),
}  # fmt: skip
"""By the name of the error, which tells more than the status: a prohibition has come with 500. The last ones say that
a part may have succeeded."""
_LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_BY_STATUS: Mapping[int, Verdict] = {401: AddressSuspect, 403: AddressSuspect, 404: AddressDead, 407: AddressSuspect}

_NAME = re.compile(r"[a-z_]{2,60}")
_URL = re.compile(r"https://hooks\.slack(-gov)?\.com/services/T[A-Z0-9]{1,20}/B[A-Z0-9]{1,20}/[A-Za-z0-9]{8,60}")
_TOKEN = re.compile(r"xoxb-[A-Za-z0-9-]{10,200}")
_CHANNEL = re.compile(r"[CDGU][A-Z0-9]{6,20}|#?[\w.-]{1,80}")
_TS = re.compile(r"[0-9]{1,12}\.[0-9]{1,12}")


def converse(message: Message, config: Config) -> Conversation:
    """Post the blocks, to the webhook's channel or as the bot to the named one."""
    payload = {
        "text": fallback_of(message),
        "blocks": blocks_of(message),
        "mrkdwn": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }
    if config.get("url"):
        reply = yield Call.post_json(config["url"], payload)
    else:
        url = f"{config.get('api_url') or API_URL}/chat.postMessage"
        headers = {
            "Authorization": f"Bearer {config.get('token', '')}",
            "Content-Type": "application/json; charset=utf-8",
        }
        reply = yield Call.post_json(url, {"channel": config.get("channel", ""), **payload}, headers)
    return _outcome(reply, message, config)


def _outcome(reply: Reply, message: Message, config: Config) -> Outcome:
    hidden = (*hidden_in(config.get("url", "")), config.get("token", ""))
    error = _error(reply)
    detail = answered(reply, hidden, error)
    if reply.status == 429 or error in _LIMITED:
        return rate_limited(retry_after(reply, message.at), detail, error or "429")
    if verdict := _ERRORS.get(error):
        return verdict(detail, error)
    if not reply.is_ok:
        return classify(reply, message.at, hidden, verdicts=_BY_STATUS)
    if reply.text.strip() == "ok" or reply.field("ok") is True:
        return Delivered(_ts(reply))
    return Unknown(detail, error or str(reply.status))


def _error(reply: Reply) -> str:
    """Return the name of the error, which the API gives as a member and a webhook as the whole answer."""
    if reply.field("ok") is True:
        return ""
    said = reply.field("error")
    name = said if isinstance(said, str) else reply.text.strip().lower().replace(" ", "_")
    return name if _NAME.fullmatch(name) and name != "ok" else ""


def _ts(reply: Reply) -> str:
    found = reply.field("ts")
    return found if isinstance(found, str) and _TS.fullmatch(found) else ""


def _url_issue(url: str) -> str | None:
    if _URL.fullmatch(url):
        return None
    return "Enter the webhook URL as Slack shows it: https://hooks.slack.com/services/T…/B…/…."


def _token_issue(token: str) -> str | None:
    return None if _TOKEN.fullmatch(token) else "Enter the Bot User OAuth Token, which begins with xoxb-."


def _channel_issue(channel: str) -> str | None:
    return None if _CHANNEL.fullmatch(channel) else "Enter the channel's ID, such as C0123456789, or its name."


def _either_issue(config: Config) -> tuple[str, str] | None:
    """Return what is missing or too much: a webhook knows its channel, a bot needs one."""
    url, token, channel = (config.get(name, "") for name in ("url", "token", "channel"))
    if url:
        return ("url", "Enter a webhook URL, or a bot token with a channel, not both.") if token or channel else None
    if not token:
        return "url", "Enter a webhook URL, or a bot token with a channel."
    return None if channel else ("channel", "Enter the channel that the bot shall post in.")


def _address(config: Config) -> str:
    if not config.get("url"):
        return f"bot in {config.get('channel', '')}"
    return f"webhook {config['url'].partition('/services/')[2][:4]}…"


SPEC = ChannelSpec(
    kind="slack",
    label="Slack",
    icon="#️⃣",
    summary="Posts every event in a Slack channel, through an incoming webhook or your own bot.",
    proof=Proof.TEST,
    owner_fields=(
        ChannelField(
            name="url",
            label="Webhook URL",
            help="The simple way: one URL for one channel. Leave empty to use a bot.",
            placeholder="https://hooks.slack.com/services/…",
            is_secret=True,
            is_required=False,
            check=_url_issue,
        ),
        ChannelField(
            name="token",
            label="Bot token",
            help="Of a bot with the right chat:write. Leave empty to use a webhook.",
            placeholder="xoxb-…",
            is_secret=True,
            is_required=False,
            check=_token_issue,
        ),
        ChannelField(
            name="channel",
            label="Channel",
            help="Where the bot posts; invite it there first.",
            placeholder="C0123456789",
            is_required=False,
            check=_channel_issue,
        ),
    ),
    operator_fields=(
        ChannelField(
            name="api_url",
            label="Slack API",
            help="Where Slack's Web API answers; https://slack-gov.com/api for GovSlack.",
            is_required=False,
            default=API_URL,
        ),
    ),
    steps=(
        "At api.slack.com/apps, create an app in your workspace, from scratch.",
        "For a webhook: open Incoming Webhooks, switch it on, choose Add New Webhook, pick the channel, copy the URL.",
        "For a bot: under OAuth & Permissions add the scope chat:write, install the app, copy the Bot User token.",
        "For a bot, too: invite it to the channel with /invite, and copy the channel's ID from its details.",
        "Enter the URL, or the token and the channel, and send the test message.",
    ),
    limits={
        "blocks": BLOCKS_MAX,
        "text": TEXT_MAX,
        "fields_in_a_section": FIELDS_MAX,
        "field": FIELD_MAX,
        "total": TOTAL_MAX,
    },
    rates=RATES,
    check=_either_issue,
    address=_address,
    errors=(
        ProviderError(
            "`no_service`, `no_active_hooks`, `invalid_token`",
            "The webhook was removed or switched off.",
            "Add a new webhook in the app's settings, and its URL here.",
        ),
        ProviderError(
            "`no_team`, `team_disabled`, `account_inactive`",
            "The workspace or the bot's account is gone.",
            "Install the app in a workspace that lives, and add the channel anew.",
        ),
        ProviderError(
            "`channel_not_found`, `not_in_channel`",
            "The bot does not see the channel.",
            "Invite the bot with /invite, or enter the channel's ID, and switch the destination on.",
        ),
        ProviderError(
            "`channel_is_archived`, `is_archived`",
            "The channel was archived.",
            "Unarchive it and switch the destination on, or choose another.",
        ),
        ProviderError(
            "`action_prohibited`, `restricted_action`, `posting_to_general_channel_denied`",
            "Administrators do not let apps post there.",
            "Ask one of them, or choose another channel; then switch the destination on.",
        ),
        ProviderError(
            "`invalid_auth`, `token_revoked`, `token_expired`, `not_authed`",
            "The bot's token is no longer valid.",
            "Install the app again and add the channel anew with the new token.",
        ),
        ProviderError(
            "`missing_scope`, `not_allowed_token_type`",
            "The token may not post.",
            "Add the scope chat:write to the bot, install the app again, use the token that begins with xoxb-.",
        ),
        ProviderError(
            "`ratelimited`, `429`",
            "Slack takes about one message a second for a channel.",
            "Nothing: it waits as long as Slack says. Give busy categories a channel of their own.",
        ),
        ProviderError(
            "`invalid_blocks`, `msg_blocks_too_long`",
            "Slack refuses this very message.",
            "Look at the event's page; report it if you see no reason.",
        ),
        ProviderError(
            "`internal_error`, `fatal_error`",
            "Slack had trouble, and may have posted the message all the same.",
            "Nothing: it is tried again, and marked as a possible repeat.",
        ),
    ),
)
