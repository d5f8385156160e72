"""All parts of the dashboard on one page: for whoever changes them, and for the tests that look at them."""

from django import forms
from django.contrib.messages.constants import ERROR, SUCCESS
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from pingpilot.console.charts import chart
from pingpilot.console.forms import Text
from pingpilot.console.present import page
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.console.words import Word
from pingpilot.domain.category import PALETTE, color_number
from pingpilot.domain.role import Action

TOKENS = (
    *("canvas", "surface", "sunken", "hover", "line", "line-strong", "ink", "ink-2", "ink-3"),
    *("accent", "accent-soft", "good", "good-soft", "warn", "warn-soft", "bad", "bad-soft"),
)
_WORDS = (Word("Delivered", "good"), Word("Retrying", "warn"), Word("Failed", "bad"), Word("Waiting", "wait"))
_VALUES = (3, 1, 0, 4, 8, 5, 9, 2, 6, 12, 7, 10)


class SampleForm(forms.Form):
    """A field that is right, and one that is not."""

    name = Text("Name", help_text="What stands below says what is right.")
    address = Text("Address")


@for_members(Action.LOOK)
@require_safe
def design(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show every part once."""
    form = SampleForm({"name": "Ops", "address": "nonsense"})
    form.add_error("address", "Enter an https address such as https://example.com/hook.")
    colors = [color_number(color) for color in PALETTE]
    series = [(colors[8], _VALUES), (colors[6], _VALUES[::-1])]
    context = {
        "tokens": TOKENS,
        "colors": colors,
        "words": _WORDS,
        "values": _VALUES,
        "chart": chart([(f"Day {day}", str(day)) for day in range(1, len(_VALUES) + 1)], series),
        "form": form,
        "toasts": [Message(SUCCESS, "Muted.", "/dashboard/_design"), Message(ERROR, "This was refused.")],
    }
    return page(request, viewer, "console/design.html", context)
