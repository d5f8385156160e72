"""A person who signs in; the e-mail address is the login."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    """Makes users."""

    def create_user(self, email: str, password: str | None = None, **extra: object) -> "User":
        """Make a user; without a password nobody can sign in by one. The address is stored in lower case."""
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: object) -> "User":
        """Make an operator."""
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **extra})

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find a user by address, whatever its case."""
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in. An operator has ``is_staff``."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=100, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        """One account per address, whatever its case."""

        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="user_email_any_case")]

    def __str__(self) -> str:
        """Return the number, since an address must not reach a log by accident."""
        return f"user {self.pk}"

    @property
    def display_name(self) -> str:
        """What to call this person: the name, else the part before the @."""
        return self.name or self.email.partition("@")[0]
