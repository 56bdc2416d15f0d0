"""The program, where it is, what bounds it, and who belongs to it."""

from datetime import date
from functools import cached_property
from typing import Any

from django.db import models

from openiop.accounts.models import User
from openiop.base.models import Record
from openiop.programs import rules


class Program(Record):
    """One intensive outpatient program: the wall no read crosses."""

    name = models.CharField(max_length=120)
    zone = models.CharField(max_length=60, default="America/New_York")
    phone = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=200, blank=True)
    crisis_lines = models.JSONField(default=list)
    on_call_note = models.CharField(max_length=200, blank=True)

    class Privacy:
        identifying: set[str] = set()
        clinical: set[str] = set()
        open = {"id", "created_at", "name", "zone", "phone", "address", "crisis_lines", "on_call_note"}


class Place(Record):
    """A room where a group can meet, or a video room."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT)
    name = models.CharField(max_length=60)
    seats = models.PositiveSmallIntegerField()
    virtual = models.BooleanField(default=False)
    join_url = models.URLField(blank=True)
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program", "name"], name="place_named_once")]

    class Privacy:
        identifying: set[str] = set()
        clinical: set[str] = set()
        open = {"id", "created_at", "program", "name", "seats", "virtual", "join_url", "ended_on"}


class Policy(Record):
    """A bound or threshold as dated data with its source; the newest row in force counts."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT)
    name = models.CharField(max_length=60)
    value = models.JSONField()
    source = models.CharField(max_length=240)
    from_on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program", "name", "from_on"], name="policy_once_a_day")]

    class Privacy:
        identifying: set[str] = set()
        clinical: set[str] = set()
        open = {"id", "created_at", "program", "name", "value", "source", "from_on"}


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Filters over one table."""

    def current(self, on: date) -> "MembershipQuerySet":
        """Those whose membership has begun and not ended on the day."""
        return self.filter(from_on__lte=on).exclude(until_on__lte=on)


class Membership(Record):
    """A person's place in a program: staff, participant or supporter. Every action is `by` one of these."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="memberships")
    name = models.CharField(max_length=120)
    credential = models.CharField(max_length=40, blank=True)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "program"], name="membership_once")]

    class Privacy:
        identifying = {"name"}
        clinical: set[str] = set()
        open = {"id", "created_at", "user", "program", "credential", "from_on", "until_on"}

    @cached_property
    def roles(self) -> frozenset[str]:
        """Every role held now, read once (prefetched where memberships are listed)."""
        return frozenset(row.role for row in self.role_rows.all() if row.until_at is None)

    @property
    def role_text(self) -> str:
        """The roles in one line, for the audit."""
        return ",".join(sorted(self.roles))

    @property
    def theme(self) -> str:
        """The look this person chose: light, dark, or empty for the device's own."""
        return self.user.theme

    @property
    def is_staff(self) -> bool:
        """Whether any role held is a staff role."""
        return bool(self.roles & rules.STAFF)

    @property
    def label(self) -> str:
        """Name and credential as shown on a page."""
        return f"{self.name}, {self.credential}" if self.credential else self.name

    def may(self, permission: rules.Permission) -> bool:
        """Whether a role held grants the permission."""
        return rules.may(self.roles, permission)


class RoleHeld(Record):
    """One role of one member, from when until when."""

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="role_rows")
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in rules.Role])
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["membership", "role"], condition=models.Q(until_at__isnull=True), name="role_held_once"
            )
        ]

    class Privacy:
        identifying: set[str] = set()
        clinical: set[str] = set()
        open = {"id", "created_at", "membership", "role", "from_at", "until_at"}


PolicyValue = Any
