"""Another e-mail address for the account."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from pingpilot.accounts import email_change, email_undo
from pingpilot.accounts.audience import for_everybody
from pingpilot.accounts.recent import after_sign_in
from pingpilot.console.forms import Text, mark, posted
from pingpilot.console.present import say
from pingpilot.console.viewer import Person, for_users
from pingpilot.domain.errors import AccountExists, InvalidAccount, InvalidProof
from pingpilot.manage import services


class EmailForm(forms.Form):
    """The new address."""

    email = Text("New e-mail address", widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}))


@after_sign_in
@for_users
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, viewer: Person) -> HttpResponse:
    """Ask for the new address, and send a link to it."""
    form, sent_to, is_done = EmailForm(posted(request)), "", False
    if request.method == "POST" and form.is_valid():
        try:
            is_done = email_change.ask(viewer.services, request, viewer.user, form.cleaned_data["email"])
            sent_to = form.cleaned_data["email"]
        except (InvalidAccount, AccountExists) as error:
            mark(form, error, "email")
    if is_done:
        say(request, "Your e-mail address is changed.")
        return redirect("account-settings")
    context = {"form": form, "sent_to": sent_to, "viewer": viewer}
    return render(request, "console/account_email.html", context, status=422 if form.errors else 200)


@for_everybody
@never_cache
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, and make the change: whoever follows the link holds the new mailbox, signed in here or not."""
    made = services.current()
    try:
        wanted = email_change.read(made, token)
        if request.method == "POST":
            email_change.confirm(made, wanted, request)
            say(request, f"Your e-mail address is now {wanted.new}.")
            return redirect("account-settings")
    except (InvalidProof, AccountExists) as error:
        return render(request, "console/account_email_confirm.html", {"refusal": error.message})
    return render(request, "console/account_email_confirm.html", {"new": wanted.new, "old": wanted.old})


@for_everybody
@never_cache
@require_http_methods(["GET", "POST"])
def undo(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, and take a change back: whoever follows the link holds the old mailbox."""
    made, context = services.current(), {}
    try:
        wanted = email_undo.read(made, token)
        context = {"old": wanted.old, "new": wanted.new}
        if request.method == "POST":
            email_undo.restore(made, request, wanted)
            context["is_done"] = "yes"
    except (InvalidProof, AccountExists) as error:
        context = {"refusal": error.message}
    return render(request, "console/account_email_undo.html", context)
