"""A plan held against the state that its campaigns are in: what a start of each would do. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from launcher.manifest.model import Identity
from launcher.plan.findings import BLOCKING, IDLE, Finding
from launcher.plan.forecast import Forecast
from launcher.plan.model import Launch, Plan
from launcher.plan.states import CampaignState, StreamTrouble

_LONGEST_NAME = 200
"""Characters of a name that are compared: the reading is cut there."""
_LISTS_SHOWN = 3


_OF_STATE = {
    "active": Finding.ACTIVE,
    "preparing": Finding.ACTIVE,
    "scheduled": Finding.SCHEDULED,
    "rescheduled": Finding.SCHEDULED,
    "completed": Finding.COMPLETED,
    "stopped": Finding.STOPPED,
    "paused": Finding.PAUSED,
    "ready": Finding.START,
}
_OF_STATE_ONLY = frozenset({Finding.SCHEDULED, Finding.OTHER})
_RUNS_OR_WILL = frozenset(
    {Finding.ACTIVE, Finding.COMPLETED, Finding.STOPPED, Finding.PAUSED, Finding.START, Finding.WINDOW}
)
_GRAVITY = {finding: place for place, finding in enumerate(Finding)}


@dataclass(frozen=True, slots=True)
class LiveLaunch:
    """One launch of the plan, and what was found of it."""

    launch: Launch
    finding: Finding
    state: str | None
    """As the API spells it; None when it could not be read."""
    also: tuple[Finding, ...] = ()
    """What else holds of it."""
    notes: tuple[str, ...] = ()
    """Sentences for people: names, lists, reasons."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that holds of it."""
        return (self.finding, *self.also)


@dataclass(frozen=True, slots=True)
class Late:
    """Launches of an account that do not fit."""

    account: str
    launches: int
    of: int
    limit: str
    """What they do not fit into: `the deadline of 1 h`."""


@dataclass(frozen=True, slots=True)
class LivePlan:
    """A plan and what was found when its campaigns were looked at."""

    plan: Plan
    launches: tuple[LiveLaunch, ...]
    """In the order of the plan."""
    forecast: Forecast
    """Of the starts that a run would send."""
    troubles: tuple[StreamTrouble, ...] = ()
    late: tuple[Late, ...] = ()
    requests: int = 0
    """Requests that it took to look."""
    read_at: float = 0.0
    """When that was, seconds since the epoch."""
    rehearsed: bool = False
    """Whether the sandbox was looked at."""
    refuses: bool = False
    """Whether a policy of the manifest ends the whole run: `preflight` or `late` with `fail`."""

    @property
    def counts(self) -> dict[Finding, int]:
        """Launches by finding, the gravest first."""
        counted = Counter(each.finding for each in self.launches)
        return {finding: counted[finding] for finding in Finding if counted[finding]}

    @property
    def blocked(self) -> bool:
        """Whether a person has to look first."""
        return any(map(_blocks, self.launches)) or bool(self.late) or self.refuses

    @property
    def has_work(self) -> bool:
        """Whether a run would have anything to do."""
        return any(not IDLE.intersection(each.findings) for each in self.launches)


def _blocks(each: LiveLaunch) -> bool:
    """Whether a person has to look at it first; a state that `preflight` skips is settled by that."""
    grave = BLOCKING.intersection(each.findings)
    return bool(grave - _OF_STATE_ONLY if Finding.PREFLIGHT in each.findings else grave)


def bar(plan: Plan, launches: Iterable[LiveLaunch], allowed: Sequence[str]) -> Plan:
    """The plan in which launches in other states than those `allowed` are not started.

    What the journal holds back stays as it is: the run itself may have changed its state.
    """
    reasons = {
        each.launch.identity: not_allowed(each, allowed)
        for each in launches
        if Finding.PREFLIGHT in each.findings and Finding.COOLDOWN not in each.findings
    }
    kept = (replace(each, barred=reasons.get(each.identity)) for each in plan.launches)
    return replace(plan, launches=tuple(kept))


def not_allowed(each: LiveLaunch, allowed: Sequence[str]) -> str:
    """A sentence on a launch whose state a policy does not allow."""
    if Finding.NOT_FOUND in each.findings:
        return "; ".join(("there is no such campaign", *each.notes[:1]))
    if each.state is None:
        return "; ".join(("its state could not be read", *each.notes[:1]))
    return f"its state is {each.state}, allowed are {', '.join(allowed)}"


def compare(
    plan: Plan,
    states: Mapping[Identity, CampaignState],
    *,
    held: Mapping[Identity, str],
    closed: Mapping[Identity, str],
    allowed: frozenset[str] | None = None,
) -> tuple[LiveLaunch, ...]:
    """What is to be expected of each launch of `plan`.

    Args:
        plan: what is to be started.
        states: of every launch; one that is left out counts as unreadable.
        held: launches that the journal holds back, with the reason.
        closed: launches outside their window now, with a sentence.
        allowed: states (in lower case) that a start may meet; None: any.
    """
    nothing = CampaignState(None, reason="it was not read")
    looked = [
        _Look(launch, states.get(launch.identity, nothing), held, closed, allowed) for launch in plan.launches
    ]
    shared = _shared_lists(looked)
    return tuple(look.verdict(shared.get(look.launch.identity, ())) for look in looked)


def state_allowed(state: str | None, allowed: frozenset[str] | None) -> bool:
    """Whether a policy lets a campaign in this state be started; one that cannot be read is not."""
    return allowed is None or (state is not None and state.strip().lower() in allowed)


class _Look:
    """One launch while it is looked at."""

    def __init__(
        self,
        launch: Launch,
        seen: CampaignState,
        held: Mapping[Identity, str],
        closed: Mapping[Identity, str],
        allowed: frozenset[str] | None,
    ) -> None:
        self.launch = launch
        self.seen = seen
        self._found: dict[Finding, str | None] = {self._by_state(): self._about_state()}
        if self._is_misnamed():
            self._found[Finding.WRONG_NAME] = f"the manifest says '{launch.name}', the server '{seen.name}'"
        if launch.identity in held:
            self._found[Finding.COOLDOWN] = held[launch.identity]
        if launch.identity in closed:
            self._found[Finding.WINDOW] = closed[launch.identity]
        if not state_allowed(seen.state, allowed):
            self._found[Finding.PREFLIGHT] = None

    @property
    def takes_part(self) -> bool:
        """Whether it runs, or would be started: then its contact lists are in use."""
        return self._found.keys() <= _RUNS_OR_WILL

    @property
    def is_active(self) -> bool:
        return Finding.ACTIVE in self._found

    def verdict(self, shared: Sequence[str]) -> LiveLaunch:
        if shared:
            self._found[Finding.SHARED_LIST] = "; ".join(shared[:_LISTS_SHOWN])
        findings = sorted(self._found, key=_GRAVITY.__getitem__)
        notes = [self._found[finding] for finding in findings]
        if self.seen.unlisted:
            channel = self.launch.identity.channel
            notes.append(f"the stream's list of {channel} campaigns does not have it: is the channel right?")
        if self.seen.scheduled and Finding.SCHEDULED not in self._found:
            notes.append("its schedule is switched on")
        told = tuple(note for note in notes if note)
        return LiveLaunch(self.launch, findings[0], self.seen.state, tuple(findings[1:]), told)

    def _by_state(self) -> Finding:
        if self.seen.missing:
            return Finding.NOT_FOUND
        if self.seen.state is None:
            return Finding.UNREADABLE
        return _OF_STATE.get(self.seen.state.strip().lower(), Finding.OTHER)

    def _about_state(self) -> str | None:
        return self.seen.reason if self.seen.state is None else None

    def _is_misnamed(self) -> bool:
        if self.launch.name is None or self.seen.name is None:
            return False
        return _comparable(self.launch.name) != _comparable(self.seen.name)


def _comparable(name: str) -> str:
    """A name without what a reading may change of it."""
    line = " ".join(name.split()).casefold()
    return line[: _LONGEST_NAME - 1].rstrip()


def _shared_lists(looks: Iterable[_Look]) -> dict[Identity, list[str]]:
    """What each launch shares with others of its account that run or would be started, in words."""
    users: defaultdict[tuple[str, str, str], list[_Look]] = defaultdict(list)
    for look in looks:
        if look.takes_part:
            for name in dict.fromkeys(look.seen.contact_lists):
                users[*look.launch.account.lane, name].append(look)
    shared: dict[Identity, list[str]] = {}
    for (_, _, name), together in users.items():
        if len(together) > 1:
            for look in together:
                if not look.is_active:  # it runs already: the others are in trouble
                    shared.setdefault(look.launch.identity, []).append(_sharing(name, look, together))
    return shared


def _sharing(name: str, look: _Look, together: Sequence[_Look]) -> str:
    others = [each.launch.identity.campaign_id for each in together if each is not look]
    more = f" and {len(others) - 1} more" if len(others) > 1 else ""
    return f"contact list '{name}', as {others[0]}{more}"
