"""What belongs to the account: taken along, and deleted."""

from django import forms
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from pingpilot.accounts import journal
from pingpilot.accounts.limits import at_most
from pingpilot.accounts.recent import after_sign_in
from pingpilot.console.forms import Text, mark, posted
from pingpilot.console.streams import streamed
from pingpilot.console.viewer import Person, for_users
from pingpilot.domain.errors import PaymentUnavailable, SubscriptionRuns
from pingpilot.manage import export, leaving

WRONG_EMAIL = "Type the e-mail address of this account, to the letter."


class DeleteForm(forms.Form):
    """The account's own address, typed by who means it."""

    email = Text("E-mail address of this account", widget=forms.EmailInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: object, expected: str, **kwargs: object) -> None:
        """Take the address that is expected."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # as Django takes them
        self._expected = expected

    def clean_email(self) -> str:
        """Refuse another address."""
        typed: str = self.cleaned_data["email"]
        if typed.strip().lower() != self._expected:
            raise forms.ValidationError(WRONG_EMAIL)
        return typed


@after_sign_in
@at_most("export")
@for_users
@require_safe
def download(request: HttpRequest, viewer: Person) -> HttpResponse:
    """Hand out the account as one JSON file."""
    journal.note(request, viewer.user, "exported", what="account")
    told = export.account(viewer.services, viewer.user)
    answer = JsonResponse(told, json_dumps_params={"indent": 2, "ensure_ascii": False})
    answer["Content-Disposition"] = 'attachment; filename="pingpilot-account.json"'
    return answer


@after_sign_in
@at_most("export")
@for_users
@require_safe
def download_events(request: HttpRequest, viewer: Person) -> HttpResponseBase:
    """Hand out the events, one JSON object a line, page by page as they are read."""
    journal.note(request, viewer.user, "exported", what="events")
    return streamed(export.event_lines(export.owned(viewer.user)), "pingpilot-events.ndjson")


@after_sign_in
@for_users
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, viewer: Person) -> HttpResponse:
    """Say what goes, ask for the address, and delete the account."""
    user = viewer.user
    form = DeleteForm(posted(request), expected=user.email)
    if request.method == "POST" and form.is_valid() and _delete(viewer, form):
        logout(request)
        return render(request, "console/account_deleted.html")
    context = {"form": form, "leaving": leaving.preview(user), "viewer": viewer}
    return render(request, "console/account_delete.html", context, status=422 if form.errors else 200)


def _delete(viewer: Person, form: DeleteForm) -> bool:
    try:
        return leaving.delete_account(viewer.services, viewer.user, viewer.actor)
    except (SubscriptionRuns, PaymentUnavailable) as error:
        mark(form, error, "email")
        return False
