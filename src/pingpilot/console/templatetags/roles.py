"""What templates ask about the viewer's role, and the token of forms, which names the workspace each was shown for."""

from django import template
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from pingpilot.console.viewer import Viewer
from pingpilot.console.whereabouts import ASKED
from pingpilot.domain.role import Action

register = template.Library()


@register.filter
def may(viewer: object, action: str) -> bool:
    """Tell whether the viewer's role allows an action, named by its value; an unknown one raises ValueError."""
    wanted = Action(action)
    return isinstance(viewer, Viewer) and viewer.may(wanted)


@register.simple_tag(takes_context=True)
def csrf_token(context: Context) -> SafeString:
    """Return Django's token, in whose place this stands, and the id of the workspace that the form was shown for.

    So a form left open does what it says there, though another workspace was chosen in another window meanwhile.
    """
    token = SafeString(CsrfTokenNode().render(context))
    viewer = context.get("viewer")
    if not isinstance(viewer, Viewer):
        return token
    named = format_html('<input type="hidden" name="{}" value="{}">', ASKED, viewer.workspace.pk)
    return mark_safe(token + named)  # noqa: S308 - both parts are escaped
