"""What the database itself keeps of copies: how each one went."""

from openiop.base.frozen import Keep

KEPT = (Keep("backups_run", "how a copy went is never changed or removed"),)
