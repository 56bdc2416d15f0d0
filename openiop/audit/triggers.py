"""What the database itself keeps of the log: all of it."""

from openiop.base.frozen import Keep

KEPT = (
    Keep("audit_event", "audit events are never changed or removed"),
    Keep("audit_link", "the chain of audit events is never changed or cut"),
)
