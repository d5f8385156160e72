"""How the dashboard shows things: icons, colours, times, states, and links to static files."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from pingpilot.console import charts, times, words
from pingpilot.console.drawings import CHANNEL_ICONS, ICONS
from pingpilot.domain.category import CARD_EMOJI, color_text
from pingpilot.manage import services
from pingpilot.store.models import Destination
from pingpilot.store.plans import catalogue

register = template.Library()


@register.simple_tag
def asset(path: str) -> str:
    """Return the address of a static file with a mark of its content, so that no browser keeps an old one."""
    return f"{static(path)}?v={_content_mark(path)}"


@register.simple_tag
def icon(name: str) -> SafeString:
    """Return an icon by name; it says nothing to a screen reader."""
    return format_html('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="{}"/></svg>', ICONS[name])


@register.simple_tag
def channel_icon(kind: str) -> SafeString:
    """Return the icon of a kind of channel."""
    return icon(CHANNEL_ICONS.get(kind, "bell"))


@register.filter
def called(destination: Destination) -> str:
    """Return what a destination is called: its own name, or that of its channel."""
    return destination.label or channel_label(destination.kind)


@register.filter
def channel_label(kind: str) -> str:
    """Return what people call a kind of channel; the kind itself where this instance knows it no more."""
    channel = services.current().channels.get(kind)
    return channel.SPEC.label if channel else kind


@register.filter
def plan_label(code: str) -> str:
    """Return what people call a plan."""
    return catalogue().of(code).label


@register.simple_tag
def tile(color: int, emoji: str, size: str = "") -> SafeString:
    """Return a category's emoji on a tint of its colour. ``size`` is ``small``, ``large`` or nothing."""
    return format_html(
        '<span class="tile {}" aria-hidden="true"><svg><rect width="100%" height="100%" fill="{}" fill-opacity="0.22"/>'
        "</svg><span>{}</span></span>",
        f"tile--{size}" if size else "",
        color_text(color),
        emoji or CARD_EMOJI,
    )


@register.simple_tag
def edge(color: int, name: str) -> SafeString:
    """Return a bar in a category's colour; ``name`` is its CSS class."""
    return format_html(
        '<svg class="{}" aria-hidden="true"><rect width="100%" height="100%" fill="{}"/></svg>', name, color_text(color)
    )


@register.simple_tag
def sparkline(values: Sequence[int], color: int, label: str) -> SafeString:
    """Return small bars in a category's colour; a screen reader says the label."""
    return format_html(
        '<svg class="spark" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path d="{}" fill="{}"/></svg>',
        len(values) * charts.STEP - 3,
        charts.HEIGHT,
        label,
        charts.spark(values),
        color_text(color),
    )


@register.filter
def hex_color(color: int) -> str:
    """Return a colour as ``#RRGGBB``."""
    return color_text(color)


@register.simple_tag
def swatch(color: str) -> SafeString:
    """Return a square of a colour given as ``#RRGGBB``."""
    return format_html(
        '<svg viewBox="0 0 24 24" aria-hidden="true"><rect width="24" height="24" fill="{}"/></svg>', color
    )


@register.simple_tag
def when(instant: datetime | None, never: str = "Never") -> SafeString | str:
    """Return an instant as a relative time, with the exact one in the viewer's time zone on hover."""
    if instant is None:
        return never
    local = timezone.localtime(instant)
    return format_html(
        '<time datetime="{}" title="{}" data-relative>{}</time>',
        local.isoformat(timespec="seconds"),
        times.exact(local),
        times.relative(local, services.current().now()),
    )


@register.simple_tag
def exactly(instant: datetime) -> SafeString:
    """Return an instant in full, in the viewer's time zone."""
    local = timezone.localtime(instant)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="milliseconds"), times.exact(local))


@register.simple_tag
def badge(word: words.Word) -> SafeString:
    """Return a state as a badge in its tone."""
    return format_html('<span class="badge badge--{}">{}</span>', word.tone, word.text)


@register.filter
def event_word(status: str) -> words.Word:
    """Return the word for an event's status."""
    return words.event_word(status)


@register.filter
def delivery_word(state: str) -> words.Word:
    """Return the word for a delivery's state."""
    return words.delivery_word(state)


@register.filter
def outcome_word(name: str) -> words.Word:
    """Return the word for an attempt's outcome."""
    return words.outcome_word(name)


@register.filter
def number(value: int) -> str:
    """Return a whole number with its thousands apart: ``1,000``."""
    return f"{value:,}"


@register.filter
def amount(value: Decimal) -> str:
    """Return a sum with its thousands apart and as many decimals as it has, at least two when it has any."""
    text = f"{value.normalize():,f}"
    whole, point, decimals = text.partition(".")
    return f"{whole}.{decimals:0<2}" if point else whole


@register.filter
def history(kept: timedelta) -> str:
    """Return how long events are kept, in years where it is whole years."""
    years, days = divmod(kept.days, 365)
    if days or not years:
        return f"{kept.days} days"
    return "1 year" if years == 1 else f"{years} years"


@register.filter
def days(kept: int) -> str:
    """Return how long events are kept, as ``history``."""
    return history(timedelta(days=kept))


@lru_cache(maxsize=64)
def _content_mark(path: str) -> str:
    found = finders.find(path)
    return hashlib.sha256(Path(found).read_bytes()).hexdigest()[:10] if isinstance(found, str) else "0"
