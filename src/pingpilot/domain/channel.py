"""What a channel is: a description, a conversation, and optionally an ear.

A channel is a pure module with the names ``SPEC`` (a ``ChannelSpec``) and ``converse``. Optional are ``hear`` (it polls
its provider: ``Listener``), ``called`` (its provider calls us: ``Called``), ``say`` (it answers people: ``Linker``) and
``connect`` (owners sign in with its provider: ``Connector``).
``converse`` is a generator: it yields what to put on the wire, receives the reply, returns the outcome.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from pingpilot.domain.connecting import Exchange
from pingpilot.domain.incoming import Answer, Heard, Incoming, Pressed, Refused
from pingpilot.domain.message import Message
from pingpilot.domain.outcome import Outcome
from pingpilot.domain.rate import Rate
from pingpilot.domain.wire import Call, Reply, Said

Config = Mapping[str, str]
"""The owner's and the operator's settings of a channel by field name, unsealed, plus ``public_url``.

``unsubscribe_url`` is beside them where ``SPEC.is_unsubscribable``; it is empty where nobody could follow it.
"""

Conversation = Generator[Said, Reply, Outcome]


class Proof(StrEnum):
    """How an owner shows that an address is theirs."""

    TEST = "test"
    """A test message that the provider accepts."""
    LINK = "link"
    """A one-time code that comes back through the provider (Telegram's ``/start <code>``)."""
    MAIL = "mail"
    """A confirmation link sent to the address."""
    MESSAGE = "message"
    """As MAIL, on a channel whose addresses are no e-mail addresses."""


@dataclass(frozen=True, slots=True)
class ChannelField:
    """One setting of a channel.

    ``check`` returns a sentence that says what to enter instead, or None when the value is right. ``is_secret``: never
    shown again and sealed. ``redact`` turns the value into what may be shown in a list. ``default`` applies when left
    empty. ``is_generated``: made by us when left empty (a webhook's signing secret). ``retired_as`` names the setting
    that keeps those replaced, as ``domain.rotation`` writes them: a value that can be rotated has one.
    """

    name: str
    label: str
    help: str = ""
    placeholder: str = ""
    is_secret: bool = False
    is_required: bool = True
    is_generated: bool = False
    retired_as: str = ""
    default: str = ""
    check: Callable[[str], str | None] = lambda _value: None


@dataclass(frozen=True, slots=True)
class ProviderError:
    """What a provider may answer, in its own words or codes; what that means; and what to do about it."""

    says: str
    means: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """The one description of a channel: forms, validation, redaction, docs and settings names derive from it.

    ``owner_fields`` are asked of the owner; ``operator_fields`` are settings ``PINGPILOT_<KIND>_<FIELD>`` of the
    instance. ``address`` turns a destination's settings into the short text shown in lists, without secrets.
    ``linked_field`` names the owner field that a LINK proof fills in, ``name_field`` the operator's one that its links
    begin with; ``unique_field`` names one that a workspace has once: the same value again renews the destination.

    ``rates`` are those that the provider says it takes, or is known to take: messages wait so as to keep below them.

    ``has_own_signature``: its messages are signed with a key that this instance made itself.

    ``is_unsubscribable``: whoever gets its messages may stop them, by the link that ``unsubscribe_url`` gives it.

    ``check`` judges the settings of owner and operator together: it returns the field that is wrong and a sentence that
    says what to enter, or None. ``needs`` returns the operator's fields that the channel cannot do without, where that
    depends on what is given. ``errors`` are those that owners and operators meet.
    """

    kind: str
    label: str
    icon: str
    summary: str
    proof: Proof
    owner_fields: tuple[ChannelField, ...]
    operator_fields: tuple[ChannelField, ...] = ()
    steps: tuple[str, ...] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    rates: tuple[Rate, ...] = ()
    address: Callable[[Config], str] = lambda _config: ""
    linked_field: str = ""
    name_field: str = "bot_username"
    unique_field: str = ""
    needs_smtp: bool = False
    is_unsubscribable: bool = False
    has_own_signature: bool = False
    check: Callable[[Config], tuple[str, str] | None] = lambda _config: None
    needs: Callable[[Config], tuple[str, ...]] | None = None
    operator_steps: tuple[str, ...] = ()
    errors: tuple[ProviderError, ...] = ()

    @property
    def has_shared_credential(self) -> bool:
        """Whether messages go out under a credential of the instance; else each destination brings its own."""
        return self.needs_smtp or self.has_own_signature or any(field.is_secret for field in self.operator_fields)

    def rates_under(self, given: Config) -> tuple[Rate, ...]:
        """Return its rates; none where the operator's settings name another server than the provider's own."""
        addresses = (field for field in self.operator_fields if field.name.endswith("api_url"))
        is_elsewhere = any((given.get(field.name) or field.default) != field.default for field in addresses)
        return () if is_elsewhere else self.rates

    def missing(self, given: Config) -> tuple[str, ...]:
        """Return the operator's fields that are still needed before the channel works."""
        required = tuple(field.name for field in self.operator_fields if field.is_required and not field.default)
        needed = self.needs(given) if self.needs else required
        return tuple(name for name in needed if not given.get(name))


class Channel(Protocol):
    """The shape of a channel's module."""

    SPEC: ChannelSpec

    def converse(self, message: Message, config: Config) -> Conversation:
        """Send one message; see the module docstring."""
        ...


@runtime_checkable
class Linker(Protocol):
    """A channel where people prove an address by sending us a one-time code."""

    SPEC: ChannelSpec
    LINKED: str
    """What to say when a code was right."""
    LINKED_BY_KEY: str
    """What to add when the code was an API key."""
    UNKNOWN_CODE: str
    """What to say when a code is unknown, used or expired."""
    REFUSED: str
    """What to say to a stray."""

    def link(self, username: str, code: str) -> str:
        """Return the URL that a person opens to send a one-time code: at most 64 letters, digits, ``_`` and ``-``."""
        ...

    def say(self, reply_to: str, text: str, config: Config) -> Call:
        """Return the request that answers a person in plain text."""
        ...


@runtime_checkable
class Listener(Linker, Protocol):
    """A channel that learns of incoming messages by polling its provider, or has it call us (``Called``)."""

    def who(self, config: Config) -> Call:
        """Return the request that asks the provider for our own name there."""
        ...

    def username_of(self, reply: Reply) -> str:
        """Return the name that the answer to ``who`` gives; empty where it gives none."""
        ...

    def poll(self, cursor: str, config: Config) -> Call:
        """Return the long-polling request that asks for what came after the cursor ("" at first)."""
        ...

    def hear(self, reply: Reply) -> tuple[str, list[Heard]]:
        """Return the next cursor and what was heard; an answer that makes no sense is heard as nothing.

        The cursor is "" where it stays as it was.
        """
        ...

    def hook(self, config: Config) -> Call | None:
        """Return the request that has the provider call us from now on; None where we are to poll.

        ``config`` is as for ``Called.called``.
        """
        ...

    def unhook(self, config: Config) -> Call:
        """Return the request that has the provider call us no more, so that it may be polled."""
        ...


@runtime_checkable
class Presser(Protocol):
    """A channel whose messages have buttons that we hear of when they are pressed: those of a question's answers."""

    SPEC: ChannelSpec

    def settled(self, press: Pressed, answer: str, config: Config) -> Sequence[Call]:
        """Return the requests that tell people what became of a press; ``answer`` is empty where it came too late."""
        ...


@runtime_checkable
class Called(Protocol):
    """A channel whose provider calls us at ``/hooks/<kind>``, by GET or POST with at most 1 MiB."""

    SPEC: ChannelSpec

    def called(self, request: Incoming, config: Config) -> Refused | Answer:
        """Check the signature before anything else, then return what was heard and what to answer.

        ``config`` holds the operator's settings, ``public_url``, and ``hook_secret``: 64 hex digits that only this
        instance knows, one for each channel. A call that makes no sense is answered with nothing heard.
        """
        ...


@runtime_checkable
class Connector(Protocol):
    """A channel whose owners may sign in with its provider, which then tells us their address."""

    SPEC: ChannelSpec

    def may_connect(self, config: Config) -> bool:
        """Tell whether the operator has set up what that takes."""
        ...

    def connect(self, state: str, back_url: str, config: Config) -> str:
        """Return the provider's page where an owner agrees; it sends the browser to ``back_url``, with the state."""
        ...

    def connected(self, code: str, back_url: str, config: Config) -> Exchange:
        """Find out who they are by the code that came back with them; a generator like ``converse``."""
        ...
