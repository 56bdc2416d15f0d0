"""Oracles: independent second answers to the questions the product decides.

``disagreements(oracle_name, implementation)`` compares any callable with one oracle; ``signatures()`` lists what each
callable must look like. Nothing here imports the product, so nothing here can repeat its mistakes.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from . import (
    attendance,
    consent,
    golden,
    hours,
    placement,
    privacy,
    privacy_bounds,
    privacy_outward,
    scores,
    suitability,
    week,
)
from .comparison import REFUSED, Disagreement, OneOf, Oracle, Row

MODULES = (
    placement,
    attendance,
    scores,
    consent,
    hours,
    week,
    suitability,
    golden,
    privacy,
    privacy_outward,
    privacy_bounds,
)
ORACLES: dict[str, Oracle] = {oracle.name: oracle for module in MODULES for oracle in module.ORACLES}

__all__ = ["MODULES", "ORACLES", "REFUSED", "Disagreement", "OneOf", "Oracle", "Row", "disagreements", "signatures"]


def disagreements(
    oracle_name: str, implementation: Callable[..., Any], *, limit: int = 25, readings: bool = True
) -> list[Disagreement]:
    """The first ``limit`` cases where ``implementation`` answers otherwise than the oracle; empty means agreement.

    ``readings=False`` leaves out the cases where the source text allows another reading than the one the oracle states.
    """
    return list(islice(ORACLES[oracle_name].compare(implementation, readings=readings), limit))


def signatures() -> str:
    """One line for each oracle: its name and the callable it asks for."""
    return "\n".join(f"{name:22} {oracle.signature}" for name, oracle in ORACLES.items())
