"""People who may sign in, where they are signed in, and how often a secret was tried."""

import uuid

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from openiop.accounts import rules
from openiop.base.models import Record


class UserManager(BaseUserManager["User"]):
    """Finds users by their address; making one is an action."""


class User(AbstractBaseUser):
    """One person's sign-in. What they may do comes from their memberships, never from here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    demo = models.BooleanField(default=False)
    theme = models.CharField(
        max_length=5, blank=True, choices=[("", "As the device"), ("light", "Light"), ("dark", "Dark")]
    )
    letter_keys = models.BooleanField(default=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Privacy:
        identifying = {"email", "name"}
        clinical: set[str] = set()
        open = {"id", "created_at", "password", "last_login", "is_active", "demo", "theme", "letter_keys"}

    def __str__(self) -> str:
        return f"user {self.id}"


class SignIn(Record):
    """One device on which one person is signed in, until it is ended. No address of it is kept."""

    class Ended(models.TextChoices):
        """How it ended."""

        OUT = "signed-out", "Signed out there"
        FROM_ELSEWHERE = "from-elsewhere", "Ended from another device"
        BY_STAFF = "by-staff", "Ended by the program"
        NEW_SECRET = "new-secret", "Password or second step changed"

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="sign_ins")
    device = models.CharField(max_length=60)
    shared = models.BooleanField(default=False)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_how = models.CharField(max_length=20, blank=True, choices=Ended.choices)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_how="") | Q(ended_at__isnull=False) & ~Q(ended_how=""),
                name="sign_in_ends_somehow",
            )
        ]
        indexes = [models.Index(fields=["user", "seen_at"], condition=Q(ended_at__isnull=True), name="sign_in_open")]

    class Privacy:
        identifying = {"device", "began_at", "seen_at", "ended_at"}
        clinical: set[str] = set()
        open = {"id", "created_at", "user", "shared", "ended_how"}


class Try(Record):
    """One try of a secret at a door. Whose and from where are keyed digests: neither can be read from it.

    Kept for a day at most: it is there to be counted and for nothing else.
    """

    class Outcome(models.TextChoices):
        """What became of it. One that is still open counts as failed, so that many at once cannot slip through."""

        OPEN = "open", "Not known yet"
        FAILED = "failed", "Wrong"
        RIGHT = "right", "Right"
        HELD = "held", "Held back unread"

    secret = models.CharField(max_length=10, choices=[(one.value, one.value) for one in rules.Secret])
    account = models.CharField(max_length=64, blank=True)
    network = models.CharField(max_length=64)
    browser = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=6, choices=Outcome.choices, default=Outcome.OPEN)

    class Meta:
        indexes = [
            models.Index(fields=["account", "at"], name="try_of_account"),
            models.Index(fields=["network", "at"], name="try_from_network"),
            models.Index(fields=["at"], name="try_at"),
        ]

    class Privacy:
        identifying = {"account", "network", "browser"}
        clinical: set[str] = set()
        open = {"id", "created_at", "secret", "at", "outcome"}
