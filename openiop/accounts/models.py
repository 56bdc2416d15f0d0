"""People who may sign in."""

import uuid

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models


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
