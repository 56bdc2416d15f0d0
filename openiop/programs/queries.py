"""Who is looking, which policy is in force, who belongs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from openiop.accounts.models import User
from openiop.outbox import queries as outbox
from openiop.outbox.models import Message
from openiop.programs.models import Membership, Place, Policy, Program
from openiop.programs.rules import POLICIES, STAFF, PolicyKind, Role, policy_words


def memberships_of(user: User, on: date) -> QuerySet[Membership]:
    """The user's current memberships with program and roles loaded, in a steady order."""
    rows = Membership.objects.current(on).filter(user=user).select_related("program", "user")
    return rows.prefetch_related("role_rows").order_by("program__name", "pk")


def viewer_for(user: User, chosen: str | None, on: date) -> Membership | None:
    """The membership the user looks through: the one chosen at sign-in, else the first; None without any."""
    rows = list(memberships_of(user, on))
    return next((row for row in rows if str(row.pk) == chosen), rows[0] if rows else None)


def policy(program_id: UUID, name: str, on: date) -> Policy | None:
    """The policy row of that name in force on the day, or None where the program set none."""
    rows = Policy.objects.filter(program_id=program_id, name=name, from_on__lte=on)
    return rows.order_by("-from_on", "pk").first()


def policy_value(program_id: UUID, name: str, on: date, default: Any) -> Any:
    """The value in force on the day, or the default the caller names."""
    row = policy(program_id, name, on)
    return row.value if row else default


def staff(program_id: UUID, on: date, *roles: Role) -> QuerySet[Membership]:
    """Current staff of a program, with the given roles or any staff role, by name."""
    wanted = roles or tuple(STAFF)
    held = Q(role_rows__role__in=wanted, role_rows__until_at__isnull=True)
    rows = Membership.objects.current(on).filter(held, program_id=program_id).distinct()
    return rows.prefetch_related("role_rows").order_by("name", "pk")


def places(program_id: UUID) -> QuerySet[Place]:
    """Rooms and video rooms in use, by name."""
    return Place.objects.filter(program_id=program_id, ended_on__isnull=True).order_by("virtual", "name", "pk")


def policy_rows(program_id: UUID, name: str) -> list[tuple[date, Any]]:
    """Every dated value of one policy as (in force from, value), oldest first."""
    return list(
        Policy.objects.filter(program_id=program_id, name=name)
        .order_by("from_on", "pk")
        .values_list("from_on", "value")
    )


def policy_values(program_id: UUID, on: date, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The value in force on the day for each policy named, else the default beside it; one question for all."""
    rows = Policy.objects.filter(program_id=program_id, name__in=list(defaults), from_on__lte=on)
    return dict(defaults) | {row.name: row.value for row in rows.order_by("from_on", "pk")}


def all_programs() -> QuerySet[Program]:
    """Every program of the installation, in a steady order."""
    return Program.objects.order_by("name", "pk")


@dataclass(frozen=True)
class Bound:
    """A policy as it stands on a day, beside what is set for later and what held before."""

    kind: PolicyKind
    value: Any
    source: str
    since: date | None
    history: list[Policy]

    @property
    def words(self) -> str:
        """The value in one line."""
        return policy_words(self.kind, self.value)


def bounds_in_force(program_id: UUID, on: date) -> list[Bound]:
    """Every known policy with the value that counts on the day, its source, and every dated row, newest first."""
    rows: dict[str, list[Policy]] = {name: [] for name in POLICIES}
    for row in Policy.objects.filter(program_id=program_id, name__in=list(POLICIES)).order_by("-from_on", "pk"):
        rows[row.name].append(row)
    found = []
    for name, kind in POLICIES.items():
        live = next((row for row in rows[name] if row.from_on <= on), None)
        found.append(
            Bound(
                kind,
                live.value if live else kind.default,
                live.source if live else kind.source,
                live.from_on if live else None,
                rows[name],
            )
        )
    return found


def place_for(viewer: Membership, place_id: UUID) -> Place:
    """The room, for its own program; 404 for everyone else."""
    found = Place.objects.filter(pk=place_id, program_id=viewer.program_id).first()
    if found is None:
        raise Http404
    return found


def member_for(viewer: Membership, member_id: UUID) -> Membership:
    """The member of staff, for their own program; 404 for everyone else."""
    rows = Membership.objects.filter(pk=member_id, program_id=viewer.program_id).select_related("user")
    found = rows.prefetch_related("role_rows").first()
    if found is None or not found.is_staff:
        raise Http404
    return found


def message_for(viewer: Membership, message_id: UUID) -> Message:
    """The message to someone of the program, for its own staff; 404 for everyone else."""
    found = outbox.message_of(viewer.program_id, message_id)
    if found is None:
        raise Http404
    return found
