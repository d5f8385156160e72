"""What a browser calls itself, in words that its owner knows."""

from dataclasses import dataclass

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
"""Marks in a User-Agent, the telling ones first: nearly all of them call themselves Chrome and Safari, too."""
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
_PHONES = frozenset({"iPhone", "Android"})


@dataclass(frozen=True, slots=True)
class Device:
    """What to say of a device, and the icon to show it with."""

    name: str
    icon: str


def device_of(user_agent: str) -> Device:
    """Return the device of a User-Agent."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    name = f"{browser} on {system}" if browser and system else browser or system or "Unknown browser"
    return Device(name, "phone" if system in _PHONES else "desk")
