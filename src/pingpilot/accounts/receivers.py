"""What follows from something that happened to an account."""

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.dispatch import receiver

from pingpilot.manage import destinations, services, workspaces


@receiver(email_confirmed, dispatch_uid="first destination")
def add_first_destination(email_address: EmailAddress, **_: object) -> None:
    """Make an address that was verified by a mail to it the first destination of its owner's first workspace."""
    for workspace in workspaces.for_user(email_address.user)[:1]:
        destinations.add_account_address(services.current(), workspace, email_address.email)
