"""How passwords are kept."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2id(Argon2PasswordHasher):
    """Argon2id with 19 MiB, so that the pages of a small machine can check two dozen passwords at a time.

    Source: OWASP, Password Storage Cheat Sheet (m=19456, t=2, p=1). Passwords kept otherwise are kept so from the next
    sign-in on.
    """

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
