"""Argon2 light enough for a door where hundreds sign in at once: 19 MiB and two passes (OWASP's minimum), not 100 MiB."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class LightArgon2(Argon2PasswordHasher):
    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
