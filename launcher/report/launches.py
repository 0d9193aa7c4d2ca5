"""The launches of a run by number, and what is counted of each: 17 bytes a launch besides its record. Pure.

Launches are many, kinds of them few: a launch has the number of its kind, which says what is counted of it.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sized
from dataclasses import dataclass
from itertools import pairwise, starmap
from operator import attrgetter, lt

from launcher.journal.events import LaunchEvent, LaunchPlanned
from launcher.journal.lifecycle import RESULTS, IllegalEventError, LaunchRecord, State
from launcher.report.standing import result_now
from launcher.report.tally import Counted, Tally

WIDEST_GAP = 1_000_000
"""Launch numbers in a row that nobody has; a new launch gets the next one, so that there is none at all."""

_POSITION = attrgetter("planned.position")
_Key = tuple[State, int, int, int, int, bool, bool]


@dataclass(frozen=True, slots=True)
class _Kind(Counted):
    """Launches whose records differ in nothing that is counted."""

    number: int = 0
    current: bool = False
    """They are in the latest plan."""
    shared: bool = False
    """Somebody else applies events to their records, before they are seen here."""


_UNPLANNED = _Kind(), _Kind(number=1, shared=True)
"""Not in the run yet: the one kind, and the shared one."""


def room(launch: int, column: Sized) -> int:
    """How much longer a list by launch number must be to hold a launch that is planned.

    Raises:
        IllegalEventError: no launch can have such a number; a list that holds it may not fit into memory.
    """
    more = launch + 1 - len(column)
    if launch < 0 or more > WIDEST_GAP:
        raise IllegalEventError(f"launch {launch}: planned as the first after {len(column)} others")
    return max(0, more)


class Launches:
    """Records of launches, each counted in the tally of its account as it stands.

    Args:
        shared: records to which their owner applies every event before it is seen here. A launch is in the
            run when it was planned here, not before.
    """

    def __init__(self, shared: Iterable[LaunchRecord] = ()) -> None:
        # By launch number; the numbers in the arrays are places in `tallies` and `_kinds`.
        self._records: list[LaunchRecord | None] = []
        self._tally = array("I")
        self._kind = array("I")
        self.tallies: list[Tally] = []
        """Of all accounts that ever were in the plan."""
        self._tally_numbers: dict[tuple[str, str], int] = {}
        self._kinds = [*_UNPLANNED]
        self._known: dict[_Key, _Kind] = {}
        for record in shared:
            launch = record.planned.launch
            self._lengthen(max(0, launch + 1 - len(self._records)))
            self._records[launch], self._kind[launch] = record, _UNPLANNED[True].number

    def __len__(self) -> int:
        return len(self._kind) - sum(self._kind.count(kind.number) for kind in _UNPLANNED)

    def __iter__(self) -> Iterator[LaunchRecord]:
        """By launch number."""
        records = filter(None, self._records)
        if _UNPLANNED[True].number in self._kind:
            return filter(self._is_planned, records)
        return records

    def get(self, launch: int) -> LaunchRecord | None:
        """The record of a launch; None when it was never planned."""
        if 0 <= launch < len(self._kind) and self._kinds[self._kind[launch]].result is not None:
            return self._records[launch]
        return None

    # -- folding --------------------------------------------------------------------------------------------

    def plan(self, event: LaunchPlanned) -> None:
        """Make a launch part of the latest plan, under the account that it has there.

        Raises:
            IllegalEventError: no launch has such a number.
        """
        launch = event.launch
        if not 0 <= launch < len(self._records):
            self._lengthen(room(launch, self._records))
        record, kind = self._records[launch], self._kinds[self._kind[launch]]
        if record is None:
            record = self._records[launch] = LaunchRecord(event)
        elif not kind.shared:
            record.apply(event)
        unplanned = _UNPLANNED[kind.shared]
        if kind is not unplanned:
            self.tallies[self._tally[launch]].recount(kind, unplanned)
        self._tally[launch] = self._tally_number(event)
        self._update(launch, record, unplanned, current=True)

    def advance(self, event: LaunchEvent) -> None:
        """Go on with a launch.

        Raises:
            IllegalEventError: it was never planned, or its life does not allow the event.
        """
        launch = event.launch
        record = self._records[launch] if 0 <= launch < len(self._records) else None
        if record is None or (kind := self._kinds[self._kind[launch]]).result is None:
            raise IllegalEventError(f"launch {launch}: {type(event).__name__} before it was planned")
        if not kind.shared:
            record.apply(event)
        self._update(launch, record, kind, kind.current)

    def forget_plan(self) -> None:
        """Take every launch for removed, until it is planned again."""
        for record in self:
            launch = record.planned.launch
            self._update(launch, record, self._kinds[self._kind[launch]], current=False)

    def _lengthen(self, more: int) -> None:
        self._records.extend([None] * more)
        self._tally.extend([0] * more)
        self._kind.extend([_UNPLANNED[False].number] * more)

    def _tally_number(self, event: LaunchPlanned) -> int:
        key = event.account, event.identity.account_id
        number = self._tally_numbers.get(key)
        if number is None:
            number = self._tally_numbers[key] = len(self.tallies)
            self.tallies.append(Tally(*key))
        return number

    def _update(self, launch: int, record: LaunchRecord, before: _Kind, current: bool) -> None:
        """Count a launch that was counted as `before` as its record stands."""
        state, attempts, doubts = record.state, record.attempts, record.doubts
        key = state, attempts, doubts, record.requests, record.throttled, current, before.shared
        after = self._known.get(key)
        if after is None:
            after = self._known[key] = self._new_kind(record, current, before.shared)
        if after is not before:
            self._kind[launch] = after.number
            self.tallies[self._tally[launch]].recount(before, after)

    def _new_kind(self, record: LaunchRecord, current: bool, shared: bool) -> _Kind:
        result = result_now(record)
        # A launch that left the manifest is over, whatever it still waited for.
        settled = RESULTS.get(record.state) if current else result
        number = len(self._kinds)
        kind = _Kind(result, settled, record.requests, record.throttled, number, current, shared)
        self._kinds.append(kind)
        return kind

    # -- reading --------------------------------------------------------------------------------------------

    def is_current(self, record: LaunchRecord) -> bool:
        """Whether the latest plan has it."""
        return self._kinds[self._kind[record.planned.launch]].current

    def _is_planned(self, record: LaunchRecord) -> bool:
        return self._kinds[self._kind[record.planned.launch]].result is not None

    @property
    def shortened(self) -> bool:
        """Whether the latest plan lacks some of them."""
        return not all(
            self._kinds[kind].current for kind in {*self._kind} if self._kinds[kind].result is not None
        )

    def in_report_order(self) -> Iterable[LaunchRecord]:
        """Those of the latest plan as it has them, then the others by their last place in a plan."""
        positions = map(_POSITION, self)
        if not self.shortened and all(starmap(lt, pairwise(positions))):
            return self
        # By launch number first: sorting is stable, and needs no key that is made for it.
        records = sorted(self, key=_POSITION)
        records.sort(key=self.is_current, reverse=True)
        return records

    def by_account(self) -> Iterator[tuple[Tally, Iterable[LaunchRecord]]]:
        """The same account by account, in the order in which the report first names them."""
        groups: defaultdict[int, list[LaunchRecord]] = defaultdict(list)
        for record in self.in_report_order():
            groups[self._tally[record.planned.launch]].append(record)
        return ((self.tallies[number], records) for number, records in groups.items())

    def accounts(self) -> list[Tally]:
        """The tallies of all that is in the report, in the order in which that first names them."""
        numbers = dict.fromkeys(self._tally[record.planned.launch] for record in self.in_report_order())
        return [self.tallies[number] for number in numbers]
