"""Accounts: making them, and finding them."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from pingpilot.domain.errors import AccountExists, InvalidAccount, Issue
from pingpilot.manage.addresses import normalized
from pingpilot.manage.services import Services
from pingpilot.store.models import User

INVALID_ADDRESS = "Enter a valid e-mail address."


def create(services: Services, email: str, password: str | None) -> User:
    """Make an account; without a password its owner sets one by the reset link.

    Raises AccountExists, or InvalidAccount with every issue.
    """
    address = normalized(email, allow_private=services.allow_private)
    user = User(email=(address or email).lower())
    issues = [] if address else [Issue("invalid_string", ("email",), INVALID_ADDRESS)]
    issues += _password_issues(password, user)
    if issues:
        raise InvalidAccount(issues)
    user.set_password(password)
    return enrol(services, user)


def enrol(services: Services, user: User) -> User:
    """Save a new account; the first of the instance becomes its operator. Raises AccountExists."""
    try:
        with transaction.atomic():
            _hold_table()
            user.is_staff = user.is_superuser = not User.objects.exists()
            user.date_joined = services.now()
            user.save(force_insert=True)
    except IntegrityError as error:
        raise AccountExists from error
    return user


def find(email: str) -> User | None:
    """Return the account of an address, whatever its case."""
    return User.objects.filter(email=email.strip().lower()).first()


def may_sign_up(services: Services) -> bool:
    """Tell whether a stranger may make an account; the first account is always allowed."""
    return services.sign_up == "open" or not User.objects.exists()


def _hold_table() -> None:
    """Let no other account be made until the commit: two first accounts would both be operators.

    SQLite needs no lock: its transactions that write are alone from their first statement.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE store_user IN SHARE ROW EXCLUSIVE MODE")


def _password_issues(password: str | None, user: User) -> list[Issue]:
    if password is None:
        return []
    try:
        validate_password(password, user)
    except ValidationError as error:
        return [Issue("invalid_string", ("password",), message) for message in error.messages]
    return []
