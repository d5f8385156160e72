"""The user's own settings: name and time zone, what opens the account, where it is open, and the ways out."""

from zoneinfo import available_timezones

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from pingpilot.accounts.security import security_of
from pingpilot.accounts.session_store import digest_of
from pingpilot.console.audit_words import lines_of
from pingpilot.console.devices import device_of
from pingpilot.console.forms import Text, posted
from pingpilot.console.present import page, say
from pingpilot.console.viewer import Person, for_users
from pingpilot.domain.names import tidied
from pingpilot.manage import audit, sessions

LATEST = 5
_UNKNOWN_ZONE = "Choose a time zone from the list, for example Europe/Lisbon."


class ProfileForm(forms.Form):
    """What a person may change of their account."""

    name = Text("Name", help_text="How the dashboard greets you.")
    time_zone = Text(
        "Time zone",
        help_text="Times in the dashboard are shown in it.",
        widget=forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_name(self) -> str:
        """Return the name; the column holds 100 characters."""
        name = tidied(self.cleaned_data["name"])
        if len(name) > 100:
            raise forms.ValidationError("A name has 100 characters at most.")
        return name

    def clean_time_zone(self) -> str:
        """Return the time zone's name; refuse one that this machine does not know."""
        zone: str = self.cleaned_data["time_zone"]
        if zone not in available_timezones():
            raise forms.ValidationError(_UNKNOWN_ZONE)
        return zone


@for_users
@require_http_methods(["GET", "POST"])
def account_settings(request: HttpRequest, viewer: Person) -> HttpResponse:
    """Show the account, and change name and time zone."""
    user = viewer.user
    form = ProfileForm(posted(request), initial={"name": user.name, "time_zone": user.time_zone})
    if request.method == "POST" and form.is_valid():
        user.name, user.time_zone = form.cleaned_data["name"], form.cleaned_data["time_zone"]
        user.save(update_fields=["name", "time_zone"])
        say(request, "Saved.")
        return redirect("account-settings")
    here = digest_of(request.session.session_key)
    context = {
        "active": "account-settings",
        "form": form,
        "time_zones": sorted(available_timezones()),
        "security": security_of(user),
        "lines": lines_of(audit.page_of_user(user, limit=LATEST).entries),
        "sessions": [
            (row, device_of(row.device), bytes(row.digest) == here) for row in sessions.list_all(viewer.services, user)
        ],
    }
    return page(request, viewer, "console/account_settings.html", context, status=422 if form.errors else 200)


@for_users
@require_POST
def time_zone(request: HttpRequest, viewer: Person) -> HttpResponse:
    """Take the browser's time zone for a new account that has not chosen one."""
    wanted = request.POST.get("time_zone", "")
    if wanted in available_timezones():
        viewer.user.time_zone = wanted
        viewer.user.save(update_fields=["time_zone"])
    return redirect("dashboard")
