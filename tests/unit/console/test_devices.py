"""What browsers call themselves, in words."""

import pytest

from pingpilot.console.devices import device_of

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "name", "icon"),
    [
        (f"Mozilla/5.0 (X11; Linux x86_64) {CHROME}", "Chrome on Linux", "desk"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Edg/141.0", "Edge on Windows", "desk"),
        (f"Mozilla/5.0 (Linux; Android 16; Pixel 9) {CHROME}", "Chrome on Android", "phone"),
        (f"Mozilla/5.0 (X11; CrOS x86_64) {CHROME}", "Chrome on ChromeOS", "desk"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15) Version/18.0 Safari/605.1", "Safari on Mac", "desk"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) CriOS/141.0 Safari/604.1",
            "Chrome on iPhone",
            "phone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko Firefox/144.0", "Firefox on Linux", "desk"),
        ("curl/8.5.0", "Unknown browser", "desk"),
        ("", "Unknown browser", "desk"),
    ],
)
def test_a_browser_is_called_what_its_owner_calls_it(agent, name, icon):
    device = device_of(agent)
    assert (device.name, device.icon) == (name, icon)
