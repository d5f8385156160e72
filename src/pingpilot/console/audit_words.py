"""What was done in a workspace, in sentences: ``Ada`` *made the category “sale”*."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import Formatter

from pingpilot.manage.audit import BY_KEY
from pingpilot.store.models import AuditEntry

_SENTENCES: Mapping[str, str] = {
    "category.changed": "changed the category “{name}”",
    "category.created": "made the category “{name}”",
    "category.deleted": "deleted the category “{name}”",
    "category.routed": "chose the channels of a category",
    "checkout.opened": "went to the checkout for the plan {plan}, by the {interval}",
    "deliveries.replayed": "sent failed deliveries again: {deliveries}",
    "destination.added": "added a channel: {kind}",
    "destination.disabled": "switched off channel {target}",
    "destination.enabled": "switched on channel {target}",
    "destination.linked_by_key": "linked a channel by sending the API key",
    "destination.removed": "removed a channel: {kind}",
    "destination.renamed": "renamed channel {target}",
    "destination.renewed": "renewed a channel: {kind}",
    "destination.reconfigured": "changed the settings of channel {target}",
    "destination.rotated": "replaced the signing secret of channel {target}",
    "destination.unsubscribed": "unsubscribed from channel {target}, by the link in a message",
    "destination.verified": "confirmed the address of channel {target}",
    "door.secret_removed": "takes unsigned calls of {target} again",
    "door.secret_set": "takes only signed calls of {target}",
    "event.replayed": "sent an event again: {target}",
    "filter.removed": "removed the saved filter “{name}”",
    "filter.saved": "saved the filter “{name}”",
    "invitation.accepted": "joined as {role}, invited as {invited}",
    "invitation.resent": "invited {email} again, as {role}",
    "invitation.sent": "invited {email} as {role}",
    "invitation.withdrawn": "withdrew the invitation of {email}",
    "key.created": "made the key “{name}”",
    "key.leaked": "reported key {target} as leaked",
    "key.regenerated": "replaced key {target}",
    "key.reveal_failed": "failed to reveal key {target}",
    "key.revealed": "revealed key {target}",
    "key.revoked": "revoked key {target}",
    "member.left": "left, having been {role}",
    "member.removed": "removed {email}, who was {role}",
    "member.role_changed": "made {email} {to}, before {from}",
    "plan.followed": "put the workspace on the plan {plan}, before {before}: the subscription is {status}",
    "plan.granted": "granted the plan {plan}",
    "portal.opened": "went to the pages where the subscription is managed",
    "question.answered": "answered a question: {target}",
    "question.asked": "asked a question: {target}",
    "user.app_added": "set up an authenticator app",
    "user.app_removed": "removed the authenticator app",
    "user.codes_added": "got recovery codes",
    "user.codes_removed": "gave up the recovery codes",
    "user.codes_renewed": "made new recovery codes",
    "user.created": "made the account",
    "user.deleted": "deleted account {target}",
    "user.disabled": "switched off account {target}",
    "user.email_change_asked": "asked for another e-mail address",
    "user.email_changed": "changed the e-mail address",
    "user.email_restored": "took back the change of the e-mail address",
    "user.enabled": "switched on account {target}",
    "user.exported": "took along the data: {what}",
    "user.issuer_connected": "let the issuer open the account",
    "user.issuer_disconnected": "let the issuer no longer open the account",
    "user.operator_granted": "made account {target} an operator",
    "user.operator_withdrawn": "made account {target} an operator no more",
    "user.passkey_added": "added a passkey",
    "user.passkey_removed": "removed a passkey",
    "user.password_changed": "changed the password",
    "user.password_reset": "chose a new password by mail",
    "user.password_set": "set a password",
    "user.reset_link_made": "made a link to a new password for account {target}",
    "user.second_factor_reset": "removed all second factors of account {target}",
    "user.second_step_failed": "had the password, and failed at the second step",
    "user.session_ended": "signed out another browser",
    "user.sessions_ended": "signed out all other browsers",
    "user.sign_in_failed": "failed to sign in",
    "user.signed_in": "signed in with {by}",
    "workspace.changed": "changed what happens to events while no channel is active",
    "workspace.created": "made the workspace",
    "workspace.deleted": "deleted the workspace “{name}”",
    "workspace.over_limit": "chose to {over_limit} events beyond the quota",
    "workspace.renamed": "renamed the workspace from “{from}” to “{to}”",
    "workspace.transferred": "gave the workspace to {to}",
}
"""By the action of an entry; what stands in braces is of its detail, or its target."""
_OF_STRIPE = frozenset({"plan.followed"})
"""What this instance does by itself because a subscription changed."""
_UNSAID = "…"
_SHORT_TARGET = 12


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as it is read: who, what, and the entry itself."""

    who: str
    what: str
    entry: AuditEntry


@dataclass(frozen=True, slots=True)
class FilterOption:
    """An action that the log can be narrowed to."""

    action: str
    name: str


def lines_of(entries: Iterable[AuditEntry]) -> list[Line]:
    """Return entries as lines."""
    return [Line(_who(entry), sentence_of(entry.action, entry.target, entry.detail), entry) for entry in entries]


def sentence_of(action: str, target: str, detail: Mapping[str, object]) -> str:
    """Return what was done; an action that has no sentence yet is named."""
    known = {"target": target[:_SHORT_TARGET], **{name: str(value) for name, value in detail.items()}}
    sentence = _SENTENCES.get(action)
    if sentence is None:
        return name_of(action).lower()
    return "".join(
        text + (known.get(name, _UNSAID) if name else "") for text, name, _, _ in Formatter().parse(sentence)
    )


def name_of(action: str) -> str:
    """Return an action's name: ``Key revealed``."""
    noun, _, verb = action.partition(".")
    return f"{noun} {verb}".replace("_", " ").strip().capitalize()


def filter_options(actions: Iterable[str] = tuple(_SENTENCES)) -> list[FilterOption]:
    """Return actions to choose from: these, or all there are."""
    return [FilterOption(action, name_of(action)) for action in actions]


def _who(entry: AuditEntry) -> str:
    """Name who did it. Without an account: a call of the API, a stranger or who has since gone, or the operator."""
    if entry.actor is not None:
        return entry.actor.name or entry.actor.email
    if key := str(entry.detail.get(BY_KEY, "")):
        return f"A call with key {key[:_SHORT_TARGET]}"
    if entry.action in _OF_STRIPE:
        return "Stripe"
    return "Somebody" if entry.network else "The operator"
