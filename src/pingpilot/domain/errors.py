"""The exception tree: surprises and refusals that a door turns into an answer.

Expected endings of a delivery are values (``domain.outcome``), never exceptions.
::

    PingPilotError
    ├── Unauthorized             no Authorization header
    ├── InvalidAuthHeader        the header is not "Bearer <key>"
    ├── InvalidKey               key malformed, unknown, expired or revoked
    ├── ScopeMissing             the key may not do this
    ├── NoDestination            the workspace refuses events while no channel is active
    ├── QuotaReached             the month's events are used up
    ├── InvalidJson              the body is not JSON
    ├── InvalidEvent             the body breaks the schema; carries every issue
    ├── InvalidRequest           a parameter or member of another call breaks the rules; carries every issue
    ├── IdempotencyKeyReused     the idempotency key came with another body before
    ├── BodyTooLarge             the body is over the limit
    ├── UnknownCategory          the workspace has no such category
    ├── InvalidCategory          name, colour or emoji break the rules; carries every issue
    ├── CategoryExists           the name is taken in this workspace
    ├── CategoryLimitReached     the plan allows no more categories
    ├── InvalidDestination       a channel's settings break its rules; carries every issue
    ├── ChannelUnavailable       the operator has not set this channel up
    ├── InvalidProof             a confirmation link or code is unknown, used or expired
    ├── AccountExists            the e-mail address has an account already
    ├── InvalidAccount           e-mail address or password break the rules; carries every issue
    ├── SignUpClosed             this instance takes no new accounts
    ├── SubscriptionRuns         the workspace is paid for already, and would be charged again
    ├── PaymentUnavailable       the payment provider does not answer, or refuses what this instance asks
    ├── NotFound                 no such thing in this workspace
    ├── SealBroken               a sealed secret was altered, or sealed under another secret
    ├── UnknownCaller            a call to a hook is not signed as its provider signs
    ├── MethodNotAllowed         the path answers another method
    ├── BadRequest               what came is no HTTP/1.1 request
    ├── TargetTooLong            the address of the request is over the limit
    ├── HeadTooLarge             the head of the request is over the limit
    ├── RequestTimeout           the request did not arrive in time
    ├── DeliveryFailed           every delivery of an event that was waited for has failed for good
    ├── InternalError            our fault
    ├── Overloaded               a queue is full, too many are connected, or the process drains
    └── ConfigurationError       a setting is unknown or wrong; the start stops
"""

from collections.abc import Sequence
from typing import ClassVar

from pingpilot.domain.issue import Issue as Issue  # noqa: PLC0414 - whoever raises an error takes both from here


class PingPilotError(Exception):
    """Something went wrong in PingPilot."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str = "") -> None:
        """Take a sentence for people; without one the class docstring's first line is the sentence."""
        super().__init__(message or (self.__class__.__doc__ or "").partition("\n")[0].rstrip("."))

    @property
    def message(self) -> str:
        """The sentence for people."""
        return str(self)


class Unauthorized(PingPilotError):
    """Unauthorized"""

    code = "unauthorized"


class InvalidAuthHeader(PingPilotError):
    """Invalid auth header format. Expected: 'Bearer [API_KEY]'"""

    code = "invalid_auth_header"


class InvalidKey(PingPilotError):
    """Invalid API key"""

    code = "invalid_api_key"


class ScopeMissing(PingPilotError):
    """This API key may not do that"""

    code = "scope_missing"

    def __init__(self, scope: str) -> None:
        """Take the scope that the call needs."""
        super().__init__(f"This API key may not do that (needs scope {scope})")
        self.scope = scope


class NoDestination(PingPilotError):
    """Please enter your discord ID in your account settings"""

    code = "no_destination"


class QuotaReached(PingPilotError):
    """Monthly quota reached. Please upgrade your plan for more events"""

    code = "quota_reached"


class InvalidJson(PingPilotError):
    """Invalid JSON request body"""

    code = "invalid_json"


class WithIssues(PingPilotError):
    """The input breaks the rules"""

    def __init__(self, issues: Sequence[Issue]) -> None:
        """Take every issue found, in order; there is at least one."""
        super().__init__(" ".join(issue.message for issue in issues))
        self.issues = tuple(issues)


class InvalidEvent(WithIssues):
    """The event breaks the schema"""

    code = "invalid_event"


class InvalidRequest(WithIssues):
    """The request breaks the rules"""

    code = "invalid_request"


class IdempotencyKeyReused(PingPilotError):
    """This Idempotency-Key was used with another body in the last 24 hours. Use a new one for a new event"""

    code = "idempotency_key_reused"


class BodyTooLarge(PingPilotError):
    """Request body too large"""

    code = "body_too_large"

    def __init__(self, limit_bytes: int) -> None:
        """Take the limit that was passed."""
        super().__init__(f"Request body too large (limit {limit_bytes} bytes)")


class UnknownCategory(PingPilotError):
    """You dont have a category of that name"""

    code = "unknown_category"

    def __init__(self, name: str) -> None:
        """Take the lower-cased name that was asked for."""
        super().__init__(f'You dont have a category named "{name}"')
        self.name = name


class InvalidCategory(WithIssues):
    """The category breaks the rules"""

    code = "invalid_category"


class CategoryExists(PingPilotError):
    """You already have a category of that name"""

    code = "category_exists"

    def __init__(self, name: str) -> None:
        """Take the name that is taken."""
        super().__init__(f'You already have a category named "{name}"')
        self.name = name


class CategoryLimitReached(PingPilotError):
    """Category limit reached. Please upgrade your plan for more categories"""

    code = "category_limit_reached"


class InvalidDestination(WithIssues):
    """The destination's settings break the channel's rules"""

    code = "invalid_destination"


class ChannelUnavailable(PingPilotError):
    """This channel is not set up on this instance"""

    code = "channel_unavailable"


class InvalidProof(PingPilotError):
    """This link or code is unknown, already used or expired. Ask for a new one on the Channels page"""

    code = "invalid_proof"


class AccountExists(PingPilotError):
    """An account with this e-mail address exists already"""

    code = "account_exists"


class InvalidAccount(WithIssues):
    """The e-mail address or the password breaks the rules"""

    code = "invalid_account"


class SignUpClosed(PingPilotError):
    """This instance takes no new accounts. Ask its operator for an invitation"""

    code = "sign_up_closed"


class SubscriptionRuns(PingPilotError):
    """This workspace has a subscription that runs on"""

    code = "subscription_runs"


class PaymentUnavailable(PingPilotError):
    """The payment service does not answer. Nothing was bought or changed: please try again in a few minutes"""

    code = "payment_unavailable"


class NotFound(PingPilotError):
    """Not found"""

    code = "not_found"


class SealBroken(PingPilotError):
    """This sealed secret was altered and cannot be opened"""

    code = "seal_broken"


class UnknownCaller(PingPilotError):
    """This call is not signed as it should be"""

    code = "unknown_caller"


class MethodNotAllowed(PingPilotError):
    """This address takes POST only"""

    code = "method_not_allowed"


class BadRequest(PingPilotError):
    """This is not a valid HTTP/1.1 request"""

    code = "bad_request"


class TargetTooLong(PingPilotError):
    """The address of the request is too long (limit 8192 bytes)"""

    code = "target_too_long"


class HeadTooLarge(PingPilotError):
    """The headers of the request are too large (limit 16384 bytes in 100 headers)"""

    code = "headers_too_large"


class RequestTimeout(PingPilotError):
    """The request did not arrive within 30 seconds"""

    code = "request_timeout"


class DeliveryFailed(PingPilotError):
    """Error processing event"""

    code = "delivery_failed"


class InternalError(PingPilotError):
    """Internal server error"""

    code = "internal_error"


class Overloaded(PingPilotError):
    """The service is restarting. Please retry"""

    code = "unavailable"


class ConfigurationError(PingPilotError):
    """A setting is wrong"""

    code = "configuration"
