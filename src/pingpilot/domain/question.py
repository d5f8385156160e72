"""A question that a program asks the owner, and its one answer: rules and limits."""

from datetime import timedelta
from enum import StrEnum

TEXT_MAX_CHARS = 2_000
OPTIONS_MIN, OPTIONS_MAX = 2, 10
OPTION_MAX_CHARS = 64
ANSWER_MAX_CHARS = 2_000
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=1)
OPEN_MAX = 10
"""Questions of a workspace that may wait for their answer at one time."""
ASKED_MAX, ASKED_WITHIN = 60, timedelta(hours=1)
"""What people would bear."""
KEPT_FOR = timedelta(days=30)


class QuestionStatus(StrEnum):
    """What has become of a question."""

    OPEN = "open"
    ANSWERED = "answered"
    EXPIRED = "expired"
