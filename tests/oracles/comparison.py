"""One way to compare the product with an oracle: ``disagreements(oracle_name, implementation)``.

An oracle is a second, independent answer to a question the product also answers. It shares no code with the product
and is written in another style on purpose (enumerated tables, minute sets, elimination, SQL), so that one mistake is
not made twice.

``implementation`` is a callable that takes the keyword arguments of the oracle's signature and returns the answer
described there. An answer that raises any exception counts as a refusal, and agrees only where the oracle refuses too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

REFUSED = "refused"
"""The answer of an implementation that raised, and the expected answer where the input is not a legal one."""

Given = Mapping[str, Any]


class OneOf(frozenset[Any]):
    """Several acceptable answers, where the source leaves a choice."""


@dataclass(frozen=True)
class Row:
    """One case and its expected answer; ``reading`` is set where the source allows another reading."""

    oracle: str
    given: Given
    expected: Any
    reading: str = ""


@dataclass(frozen=True)
class Disagreement:
    """One case where the implementation did not answer as the oracle does."""

    oracle: str
    given: Given
    expected: Any
    answered: Any
    reading: str = ""

    def __str__(self) -> str:
        note = f" [a stated reading: {self.reading}]" if self.reading else ""
        return f"{self.oracle}: given {dict(self.given)!r} expected {self.expected!r}, answered {self.answered!r}{note}"


def _same(given: Given, answer: Any) -> Any:
    return answer


def _equal(expected: Any, answered: Any) -> bool:
    return bool(expected == answered)


@dataclass(frozen=True)
class Oracle:
    """A named question, how to ask it, and how to know the right answer.

    ``answer`` gives the oracle's own answer; ``rows`` are the hand-written cases; ``generated`` yields ``(given,
    reading)`` pairs; ``normal`` brings an implementation's answer to the form compared; ``equal`` compares.
    """

    name: str
    signature: str
    answer: Callable[..., Any]
    rows: tuple[Row, ...]
    generated: Callable[[], Iterable[tuple[Given, str]]] = tuple
    normal: Callable[[Given, Any], Any] = _same
    equal: Callable[[Any, Any], bool] = _equal
    _cache: list[Row] = field(default_factory=list, compare=False, repr=False)

    def cases(self) -> list[Row]:
        """Every case: the hand-written rows first, then the generated ones with the oracle's answer."""
        if not self._cache:
            self._cache.extend(self.rows)
            for given, reading in self.generated():
                self._cache.append(Row(self.name, given, self.answer(**given), reading))
        return self._cache

    def agrees(self, expected: Any, answered: Any) -> bool:
        """Whether ``answered`` is the expected answer, or one of the acceptable ones."""
        choices = expected if isinstance(expected, OneOf) else (expected,)
        try:
            return any(self.equal(one, answered) for one in choices)
        except (TypeError, ValueError):
            return False  # not the kind of answer asked for

    def compare(self, implementation: Callable[..., Any], *, readings: bool = True) -> Iterator[Disagreement]:
        """Yield each case where ``implementation`` answers otherwise."""
        for row in self.cases():
            if row.reading and not readings:
                continue
            why = ""
            try:
                answered = self.normal(row.given, implementation(**row.given))
            except Exception as refusal:
                answered, why = REFUSED, f"refused ({refusal!r})"
            if not self.agrees(row.expected, answered):
                yield Disagreement(self.name, row.given, row.expected, why or answered, row.reading)
