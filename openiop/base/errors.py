"""The one anticipated failure: an action that is not allowed, with its reasons in plain sentences."""

from collections.abc import Iterable


class Refused(Exception):
    """Raised by an action; `reasons` are sentences a person can act on."""

    def __init__(self, reasons: str | Iterable[str]) -> None:
        self.reasons: list[str] = [reasons] if isinstance(reasons, str) else list(reasons)
        super().__init__("; ".join(self.reasons))
