"""Whose record a referral joins by itself, and when a person is asked first. Pure.

1. The very same file came before: it is that referral again, and nothing happens, whatever became of it since.
2. The sender's number stands on a referral already joined to one record, and name and birth date are those of that
   earlier referral, or of the record as it reads now: news of the same person, joined. The earlier referral's own
   words count beside the record's, because a name corrected here stays uncorrected at the sender's.
3. The sender's number came before, but name or birth date are others, or two records carry it, or an earlier
   referral with it waits or was set aside: a number alone never joins, so it is held.
4. Anyone here is alike, by whatever else is told of them (`reading.likeness`): held.
5. Nobody is alike: a new record.
"""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass

from openiop.admissions.reading.likeness import Known, Verdict, compare


@dataclass(frozen=True, slots=True)
class Earlier:
    """A referral that came before under the sender's number, and the record it was joined to, if it was."""

    told: Known
    record: Hashable | None = None
    reads: Known | None = None  # the record as it reads now


@dataclass(frozen=True, slots=True)
class Joining:
    """The record a referral joins by itself; else why it is held, with the record to look at first; else neither."""

    record: Hashable | None = None
    look_at: Hashable | None = None
    held_for: tuple[str, ...] = ()


def joining(asked: Known, *, earlier: Collection[Earlier], alike: Sequence[tuple[Hashable, Sequence[str]]]) -> Joining:
    """What becomes of a referral; `earlier` bears the sender's number, `alike` is everyone alike, most alike first."""
    joined = [one for one in earlier if one.record is not None]
    records = {one.record for one in joined}
    if len(records) > 1:
        return Joining(look_at=joined[0].record, held_for=("More than one record here has this sender's number.",))
    if any(_same(asked, one) for one in joined):
        return Joining(record=joined[0].record)
    if joined:
        told = joined[0].reads or joined[0].told
        against = tuple(reason for reason in compare(asked, told).reasons if "record number" not in reason)
        if not any(" name " in reason for reason in against):
            against = ("The name is another.", *against)
        return Joining(
            look_at=joined[0].record,
            held_for=("The sender's number is known here, but name and birth date do not both agree.", *against),
        )
    if alike:
        record, reasons = alike[0]
        return Joining(look_at=record, held_for=tuple(reasons))
    if earlier:
        return Joining(held_for=("An earlier referral with this sender's number waits or was set aside.",))
    return Joining()


def _same(asked: Known, one: Earlier) -> bool:
    return any(
        side is not None and compare(asked, _numbered(side, asked)).verdict is Verdict.SAME
        for side in (one.told, one.reads)
    )


def _numbered(one: Known, as_one: Known) -> Known:
    """The same person under the sender's number, which both are known to bear."""
    return Known(
        family=one.family,
        given=one.given,
        born_on=one.born_on,
        identifiers=as_one.identifiers,
        other_families=one.other_families,
        other_givens=one.other_givens,
    )
