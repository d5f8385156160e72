"""Which channels this instance offers, and whether an owner's settings fit one."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from pingpilot.config.loading import channel_setting
from pingpilot.domain.channel import ChannelField, ChannelSpec, Proof
from pingpilot.domain.errors import ChannelUnavailable, InvalidDestination, Issue
from pingpilot.domain.url import refusal_of_url
from pingpilot.manage.addresses import normalized
from pingpilot.manage.services import Services
from pingpilot.manage.users import INVALID_ADDRESS

VALUE_MAX_CHARS = 4_000
GENERATED_PREFIX = "whsec_"
GENERATED_BYTES = 32
"""Source: Standard Webhooks, "Signature scheme" (24 to 64 random bytes)."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A channel, and why it cannot be used here; ``reason`` is empty when it can."""

    spec: ChannelSpec
    reason: str

    @property
    def is_available(self) -> bool:
        """Whether owners may add destinations on it."""
        return not self.reason


def offers(services: Services) -> list[Offer]:
    """Return every channel of this instance, those that can be used first."""
    found = [
        Offer(channel.SPEC, _missing(services, channel.SPEC, is_vouched=False))
        for channel in services.channels.values()
    ]
    return sorted(found, key=lambda offer: (not offer.is_available, offer.spec.label.lower()))


def spec_of(services: Services, kind: str, *, is_vouched: bool = False) -> ChannelSpec:
    """Return a channel's description; raise ChannelUnavailable with the reason where it cannot be used here.

    ``is_vouched``: the address needs no proof, so what only a proof needs may be missing.
    """
    channel = services.channels.get(kind)
    if channel is None:
        kinds = ", ".join(sorted(services.channels))
        raise ChannelUnavailable(f'There is no channel "{kind}". Choose one of: {kinds}')
    if reason := _missing(services, channel.SPEC, is_vouched=is_vouched):
        raise ChannelUnavailable(reason)
    return channel.SPEC


def checked(services: Services, spec: ChannelSpec, values: Mapping[str, str], *, is_linked: bool) -> dict[str, str]:
    """Return the settings of a destination, complete with defaults and made secrets.

    ``is_linked``: the channel's ``linked_field`` comes later, with the proof. Raises InvalidDestination with one issue
    per field.
    """
    known = {field.name for field in spec.owner_fields}
    issues = [
        Issue("unrecognized_keys", (name,), f"Unrecognized key(s) in object: '{name}'")
        for name in sorted(values.keys() - known)
    ]
    settings: dict[str, str] = {}
    for field in spec.owner_fields:
        if is_linked and field.name == spec.linked_field:
            continue
        value = values.get(field.name, "").strip() or _filled_in(services, field)
        if found := _issue(services, spec, field, value):
            issues.append(found)
        else:
            settings[field.name] = _normal(services, spec, value)
    if not issues and (wrong := spec.check({**settings, **services.operator.get(spec.kind, {})})):
        issues.append(Issue("invalid_string", (wrong[0],), wrong[1]))
    if issues:
        raise InvalidDestination(issues)
    return settings


def generated(services: Services) -> str:
    """Make a signing secret."""
    return GENERATED_PREFIX + base64.b64encode(services.entropy(GENERATED_BYTES)).decode()


def _missing(services: Services, spec: ChannelSpec, *, is_vouched: bool) -> str:
    """Return what the operator has to set before this channel works."""
    given = services.operator.get(spec.kind, {})
    names = [channel_setting(spec.kind, name) for name in spec.missing(given)]
    if spec.proof is Proof.LINK and not is_vouched and not given.get(spec.name_field):
        names.append(channel_setting(spec.kind, spec.name_field))
    if spec.needs_smtp and not services.has_smtp:
        names.append("PINGPILOT_SMTP_URL")
    *others, last = dict.fromkeys(names) or [""]
    listed = f"{', '.join(others)} and {last}" if others else last
    return f"{spec.label} is not set up on this instance: its operator sets {listed}" if names else ""


def _filled_in(services: Services, field: ChannelField) -> str:
    return generated(services) if field.is_generated else field.default


def _issue(services: Services, spec: ChannelSpec, field: ChannelField, value: str) -> Issue | None:
    if not value:
        return Issue("invalid_type", (field.name,), f"{field.label} is required.") if field.is_required else None
    if len(value) > VALUE_MAX_CHARS:
        sentence = f"String must contain at most {VALUE_MAX_CHARS} character(s)"
        return Issue("too_big", (field.name,), sentence, {"maximum": VALUE_MAX_CHARS})
    if spec.proof is Proof.MAIL and normalized(value, allow_private=services.allow_private) is None:
        return Issue("invalid_string", (field.name,), INVALID_ADDRESS)
    wrong = field.check(value) or _refusal(services, value)
    return Issue("invalid_string", (field.name,), wrong) if wrong else None


def _refusal(services: Services, value: str) -> str | None:
    is_url = value.lower().startswith(("http://", "https://"))
    return refusal_of_url(value, allow_private=services.allow_private) if is_url else None


def _normal(services: Services, spec: ChannelSpec, value: str) -> str:
    is_address = spec.proof is Proof.MAIL and value
    return normalized(value, allow_private=services.allow_private) or value if is_address else value
