"""What is done to destinations: add, verify, test, switch off and on, remove, confirm."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from pingpilot.accounts.acting import actor_of, user_in
from pingpilot.accounts.audience import for_everybody
from pingpilot.console.forms import Text, mark, posted
from pingpilot.console.pages.channels import channel_page
from pingpilot.console.present import complain, page, say
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.domain.channel import ChannelSpec, Proof
from pingpilot.domain.errors import ChannelUnavailable, InvalidDestination, InvalidProof, Overloaded
from pingpilot.domain.role import Action
from pingpilot.manage import channel_settings, destinations, proofs, services
from pingpilot.manage.connecting import may_connect
from pingpilot.manage.destinations import Added, Draft

_LABEL = "label"
_REFUSALS = (ChannelUnavailable, InvalidProof, Overloaded)


@for_members(Action.CHANNELS)
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, viewer: Viewer, kind: str) -> HttpResponse:
    """Add a destination on a channel by the form that the channel describes, and start to prove it."""
    try:
        spec = channel_settings.spec_of(viewer.services, kind)
    except ChannelUnavailable as error:
        complain(request, error.message)
        return redirect("channels")
    form = form_for(spec, viewer)(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            added = destinations.add(viewer.services, viewer.workspace, _draft(spec, form), viewer.actor)
        except InvalidDestination as error:
            mark(form, error)
        except _REFUSALS as error:
            form.add_error(None, error.message)
        else:
            return _shown_once(request, viewer, added)
    context = {"active": "channels", "spec": spec, "form": form, "may_connect": may_connect(viewer.services, kind)}
    return page(request, viewer, "console/channel_add.html", context, status=422 if form.errors else 200)


@for_members(Action.CHANNELS)
@require_POST
def verify(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:
    """Start the proof of a destination anew."""
    destination = destinations.find(viewer.workspace, number)
    try:
        begun = proofs.begin(viewer.services, destination)
    except _REFUSALS as error:
        complain(request, error.message)
        return redirect("channel", number)
    if begun.link:
        return channel_page(request, viewer, destination, link=begun.link)
    return redirect(f"{reverse('channel', args=[number])}?test={begun.event}")


@for_members(Action.TEST)
@require_POST
def test(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:
    """Send a test message to one destination and show what becomes of it."""
    destination = destinations.find(viewer.workspace, number)
    try:
        event_id = destinations.test(viewer.services, destination)
    except _REFUSALS as error:
        complain(request, error.message)
        return redirect("channel", number)
    return redirect(f"{reverse('channel', args=[number])}?test={event_id}")


@for_members(Action.CHANNELS)
@require_POST
def disable(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:
    """Switch a destination off, and offer to take that back."""
    destinations.disable(viewer.services, destinations.find(viewer.workspace, number), viewer.actor)
    say(request, "Switched off. It gets no more events.", undo=reverse("channel-enable", args=[number]))
    return redirect("channel", number)


@for_members(Action.CHANNELS)
@require_POST
def enable(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:
    """Switch a destination on."""
    destination = destinations.find(viewer.workspace, number)
    was_verified = destination.verified_at is not None
    destinations.enable(viewer.services, destination, viewer.actor)
    is_asked = was_verified and destination.verified_at is None
    say(request, "A link was sent there. Events arrive once it was opened." if is_asked else "Switched on.")
    return redirect("channel", number)


@for_members(Action.CHANNELS)
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:
    """Ask, then remove a destination."""
    destination = destinations.find(viewer.workspace, number)
    if request.method == "POST":
        destinations.remove(viewer.services, destination, viewer.actor)
        say(request, "Removed.")
        return redirect("channels")
    return page(request, viewer, "console/channel_remove.html", {"active": "channels", "destination": destination})


@for_everybody
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Verify the address that got this link by mail; opening it alone, as scanners do, confirms nothing."""
    context: dict[str, object] = {"is_done": False}
    if request.method == "POST":
        actor = actor_of(request, user_in(request))
        try:
            context = {"is_done": True, "destination": proofs.confirm(services.current(), token, actor)}
        except InvalidProof as error:
            return render(request, "console/channel_confirm.html", {"refusal": error.message}, status=410)
    return render(request, "console/channel_confirm.html", context)


def form_for(spec: ChannelSpec, viewer: Viewer) -> type[forms.Form]:
    """Return the form of a channel, made of its owner fields; a field that the proof fills in is not asked."""
    asked = [field for field in spec.owner_fields if not (spec.proof is Proof.LINK and field.name == spec.linked_field)]
    fields: dict[str, forms.Field] = {
        field.name: Text(
            field.label,
            help_text=field.help,
            widget=forms.TextInput(
                attrs={"placeholder": field.placeholder, "autocomplete": "off", "spellcheck": "false"}
            ),
        )
        for field in asked
    }
    if spec.proof is Proof.MAIL and asked:
        fields[asked[0].name].initial = viewer.user.email
    fields[_LABEL] = Text("Name", help_text="How you recognise it in the dashboard. Optional.")
    return type("DestinationForm", (forms.Form,), fields)


def _draft(spec: ChannelSpec, form: forms.Form) -> Draft:
    values = {name: value for name, value in form.cleaned_data.items() if name != _LABEL}
    return Draft(spec.kind, values, form.cleaned_data[_LABEL])


def _shown_once(request: HttpRequest, viewer: Viewer, added: Added) -> HttpResponse:
    """Show secrets and links in this one answer; where there are none, lead to the destination's page."""
    number, begun = added.destination.pk, added.begun
    if added.made or begun.link:
        return channel_page(
            request, viewer, added.destination, made=added.made, link=begun.link, is_added=True, begun=begun.event
        )
    return redirect(f"{reverse('channel', args=[number])}?test={begun.event}")
