"""Descriptions as they are shown: what stands between backticks is code."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def coded(text: str) -> SafeString:
    """Return a text, escaped, with its parts between backticks as code."""
    parts = text.split("`")
    return format_html_join("", "{}", ((_shown(part, index),) for index, part in enumerate(parts)))


def _shown(part: str, index: int) -> SafeString | str:
    return format_html("<code>{}</code>", part) if index % 2 else part
