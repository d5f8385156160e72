"""Every table of PingPilot, one file per family. CHECK and UNIQUE constraints state the invariants."""

from pingpilot.store.models.audit import AuditEntry
from pingpilot.store.models.category import Category
from pingpilot.store.models.delivery import Attempt, Delivery
from pingpilot.store.models.destination import Destination
from pingpilot.store.models.door import DoorSecret
from pingpilot.store.models.event import Event
from pingpilot.store.models.history import Forgotten, Keeping
from pingpilot.store.models.idempotency import IdempotencyRecord
from pingpilot.store.models.invitation import Invitation
from pingpilot.store.models.key import Key
from pingpilot.store.models.month import LeavingMonth
from pingpilot.store.models.payment import Bought, Payer, PaymentNote
from pingpilot.store.models.question import Question
from pingpilot.store.models.quota import Quota
from pingpilot.store.models.saved_filter import SavedFilter
from pingpilot.store.models.sender import BrokenSender
from pingpilot.store.models.session import Remembered, Session
from pingpilot.store.models.tally import Series, Tallied, Tally, TallyMark
from pingpilot.store.models.user import User, UserManager
from pingpilot.store.models.workspace import Membership, Workspace

__all__ = [
    "Attempt",
    "AuditEntry",
    "Bought",
    "BrokenSender",
    "Category",
    "Delivery",
    "Destination",
    "DoorSecret",
    "Event",
    "Forgotten",
    "IdempotencyRecord",
    "Invitation",
    "Keeping",
    "Key",
    "LeavingMonth",
    "Membership",
    "Payer",
    "PaymentNote",
    "Question",
    "Quota",
    "Remembered",
    "SavedFilter",
    "Series",
    "Session",
    "Tallied",
    "Tally",
    "TallyMark",
    "User",
    "UserManager",
    "Workspace",
]
