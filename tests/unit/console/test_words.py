"""States in words, and icons."""

import pytest

from pingpilot.console.drawings import CHANNEL_ICONS, ICONS
from pingpilot.console.words import delivery_word, event_word, outcome_word
from pingpilot.domain.delivery import DeliveryState
from pingpilot.domain.event import EventStatus
from pingpilot.domain.outcome import NAMES

TONES = {"good", "warn", "bad", "wait"}


@pytest.mark.parametrize(
    "word",
    [
        *map(delivery_word, DeliveryState),
        *map(event_word, EventStatus),
        *map(outcome_word, NAMES.values()),
    ],
)
def test_every_state_and_outcome_has_a_word(word):
    assert word.text
    assert word.tone in TONES


def test_every_channels_icon_is_drawn():
    assert set(CHANNEL_ICONS.values()) <= ICONS.keys()
