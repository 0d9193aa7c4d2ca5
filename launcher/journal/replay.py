"""A run as its events tell it: the records of its launches, and what only a reopening needs. Pure."""

from collections.abc import Iterable

from launcher.journal.events import (
    AttemptFinished,
    AttemptIntended,
    AttemptWithdrawn,
    Event,
    GateOpened,
    LaneClosed,
    LaunchPlanned,
    LaunchStep,
    RestartAllowed,
    RunClosed,
    RunHalted,
    RunOpened,
)
from launcher.journal.lifecycle import IllegalEventError, LaunchRecord


class History:
    """The fold of a run's events, in order.

    A `RunOpened` that a `LaunchPlanned` follows announces the whole plan anew: launches that it does not name
    are no longer in the manifest. Without one, the plan is as before.
    """

    def __init__(self) -> None:
        self.records: list[LaunchRecord] = []
        """By launch number; launches that left the manifest too."""
        self.plan: list[int] = []
        """Launch numbers of the latest plan, in its order."""
        self.attempt: dict[int, int] = {}
        """The number of each launch's latest intent."""
        self.allowed_at: dict[int, float] = {}
        """Until when the operator overrode the ledger, by launch number."""
        self.opened: RunOpened | None = None
        self.closed: RunClosed | None = None
        """None while a process works on it, or when that process died."""
        self.halted: RunHalted | None = None
        self._announcing = False

    @classmethod
    def of(cls, events: Iterable[Event]) -> "History":
        """The fold of `events`.

        Raises:
            IllegalEventError: they are no legal history.
        """
        history = cls()
        for event in events:
            history.apply(event)
        return history

    def apply(self, event: Event) -> None:
        """Go on by one event.

        Raises:
            IllegalEventError: it contradicts those before it.
        """
        match event:
            case RunOpened():
                self._open(event)
            case _ if self.opened is None:
                raise IllegalEventError(f"{type(event).__name__} before the run was opened")
            case RunHalted():
                self.halted = event
            case RunClosed():
                self.closed = event
            case LaneClosed() | GateOpened():
                pass
            case LaunchPlanned():
                self._plan(event)
            case _:
                self._advance(event)

    def _open(self, event: RunOpened) -> None:
        self.opened, self.closed, self.halted = event, None, None
        self._announcing = True

    def _plan(self, event: LaunchPlanned) -> None:
        if self._announcing:
            self._announcing = False
            self.plan = []
        if event.launch == len(self.records):
            self.records.append(LaunchRecord(event))
        elif not 0 <= event.launch < len(self.records):
            others = len(self.records)
            raise IllegalEventError(f"launch {event.launch}: planned as the first after {others} others")
        elif (record := self.records[event.launch]).planned.identity != event.identity:
            raise IllegalEventError(f"launch {event.launch}: another campaign than before")
        else:
            record.apply(event)
        self.plan.append(event.launch)

    def _advance(self, event: LaunchStep) -> None:
        launch = event.launch
        if not 0 <= launch < len(self.records):
            raise IllegalEventError(f"launch {launch}: {type(event).__name__} before it was planned")
        record = self.records[launch]
        if isinstance(event, AttemptIntended):
            self.attempt[launch] = event.attempt
        elif isinstance(event, AttemptFinished | AttemptWithdrawn) and event.attempt != self.attempt.get(
            launch
        ):
            raise IllegalEventError(f"launch {launch}: attempt {event.attempt} was never intended")
        elif isinstance(event, RestartAllowed):
            self.allowed_at[launch] = event.at
        record.apply(event)
