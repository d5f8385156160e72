"""Forms that keep what was typed and let the use cases judge it: they parse, the rules stand in the domain."""

from django import forms
from django.http import HttpRequest, QueryDict

from pingpilot.domain.errors import PingPilotError, WithIssues


class Text(forms.CharField):
    """A line of text that may be missing: whether it may is for the use case to say."""

    def __init__(self, label: str, *, help_text: str = "", widget: forms.Widget | None = None) -> None:
        """Take the label, and the help shown below the control."""
        super().__init__(label=label, help_text=help_text, required=False, widget=widget)


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what a form was sent with, be it nothing at all; None when it is only to be shown."""
    return request.POST if request.method == "POST" else None


def mark(form: forms.Form, error: PingPilotError, field: str | None = None) -> None:
    """Write what a use case refused beside the fields it is about; else beside ``field``, else above the form."""
    if not isinstance(error, WithIssues):
        form.add_error(field, error.message)
        return
    for issue in error.issues:
        name = str(issue.path[0]) if issue.path else ""
        form.add_error(name if name in form.fields else field, issue.message)
