"""The keys that open copies, and how long ago a copy last held."""

from pathlib import Path

import pyrage

from openiop.backups.models import Run
from openiop.backups.rules import made_when
from openiop.base.errors import Refused

SECRET = "AGE-SECRET-KEY-"


def identities(file: Path) -> list[pyrage.x25519.Identity]:
    """Every key in the file, the newest first; Refused, naming no key, where there is none."""
    if not file.exists():
        raise Refused(f"There is no key at {file}. Give the file with --key.")
    found = [line.strip() for line in file.read_text().splitlines() if line.strip().startswith(SECRET)]
    try:
        keys = [pyrage.x25519.Identity.from_str(line) for line in found]
    except pyrage.IdentityError as trouble:
        raise Refused(f"{file} holds a line that is no age key.") from trouble
    if not keys:
        raise Refused(f"{file} holds no age key.")
    return keys


def last_that_held(kind: str) -> Run | None:
    """The newest backup, drill or restore without trouble; none where there never was one."""
    return Run.objects.filter(kind=kind, trouble="").order_by("-at", "pk").first()


def last(kind: str) -> Run | None:
    """The newest backup, drill or restore, whether it held or not."""
    return Run.objects.filter(kind=kind).order_by("-at", "pk").first()


def newest(folder: Path) -> Path | None:
    """The copy in the folder that was made last, or none."""
    names = [file.name for file in folder.iterdir() if made_when(file.name)] if folder.is_dir() else []
    return folder / max(names) if names else None
