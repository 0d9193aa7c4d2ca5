"""The sandbox's mind: a request goes in, a reply comes out. It opens no socket and waits for nothing."""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from launcher.sandbox.calls import Call, Operation, account_of, read_call
from launcher.sandbox.campaigns import CampaignKey
from launcher.sandbox.config import SandboxConfig
from launcher.sandbox.dice import Dice
from launcher.sandbox.faults import FAULTS, REDIRECT_PREFIX, Effect, Hit, faulty_reply
from launcher.sandbox.ledger import CampaignTally, Ledger, tally_account, tally_campaign
from launcher.sandbox.limiter import Breach, Limiter
from launcher.sandbox.messages import Message
from launcher.sandbox.operations import Operations
from launcher.sandbox.picker import Pick, Picker
from launcher.sandbox.replies import HOUR_TEXT, MINUTE_TEXT, Refusal, Reply, error_reply
from launcher.sandbox.roster import Change, Roster
from launcher.sandbox.routes import find_route
from launcher.sandbox.scenarios import read_scenario
from launcher.sandbox.tokens import TokenGate

HOUR = 3600.0

Defer = Callable[[float, Callable[[], object]], None]
"""Runs a function so many seconds later."""


class Service:
    """All state of a sandbox since it began or was reset."""

    def __init__(self, config: SandboxConfig, defer: Defer) -> None:
        self._config = config
        self._clock = config.clock
        self._defer = defer
        self._dice = Dice(config.seed)
        self._limiter = Limiter(config.budgets_of, config.windows)
        self._gate = TokenGate(
            config.secrets, unknown_clients=config.unknown_clients, require_exp=config.require_exp
        )
        self._roster = Roster(config, self._clock.wall())
        self._operations = Operations(self._roster, self._dice, config.max_page)
        known = [seed.key for seed in config.campaigns or ()]
        self._picker = Picker(read_scenario(config.faults), self._dice, known)
        self._came: Counter[tuple[str, str]] = Counter()
        self._faults: Counter[str] = Counter()
        self._requests = 0
        self._redirects_followed = 0
        self._in_flight = 0
        self._max_in_flight = 0

    def enter(self) -> None:
        """Note that a request has arrived; `leave` must follow when it is answered or given up."""
        self._in_flight += 1
        self._max_in_flight = max(self._max_in_flight, self._in_flight)

    def leave(self) -> None:
        """Note that a request is over."""
        self._in_flight -= 1

    def answer(self, message: Message) -> Reply:
        """Return the reply to one API request; all that it does is done when this returns."""
        self._requests += 1
        self._redirects_followed += message.path.startswith(REDIRECT_PREFIX)
        try:
            reply = self._serve(message)
        except Refusal as refused:
            reply = refused.reply
        return replace(reply, delay=reply.delay + self._latency(message))

    def change(self, key: CampaignKey, change: Change) -> CampaignTally:
        """Make or change a campaign by a tester's hand."""
        return tally_campaign(self._roster.change(key, change, self._clock.wall()))

    def ledger(self) -> Ledger:
        """Return the books as they are now."""
        return Ledger(
            campaigns=tuple(map(tally_campaign, self._roster.campaigns.all(self._clock.wall()))),
            accounts=tuple(tally_account(*account) for account in self._limiter.accounts.items()),
            requests=self._requests,
            faults=dict(self._faults),
            max_in_flight=self._max_in_flight,
            redirects_followed=self._redirects_followed,
        )

    def _serve(self, message: Message) -> Reply:
        route = find_route(message.method, message.path)
        account_id = account_of(message)
        # Both always happen: a refused token uses up budget, and a throttled request uses up its token.
        bad_token = self._token_refusal(message)
        breach = self._limiter.admit(account_id, self._clock.monotonic())
        if breach is not None:
            return self._throttled(breach)
        if bad_token is not None:
            raise bad_token
        call = read_call(message, route, account_id, strict_ids=self._config.strict_ids)
        if call.operation is not Operation.LIST:
            self._roster.find(call.key, self._clock.wall())
        pick = self._picker.pick(call.operation, call.key)
        return self._perform(call) if pick is None else self._fail(call, pick, message)

    def _token_refusal(self, message: Message) -> Refusal | None:
        try:
            self._gate.check(message.headers.get("auth"), self._clock.wall())
        except Refusal as refused:
            return refused
        return None

    def _throttled(self, breach: Breach) -> Reply:
        text = HOUR_TEXT if breach.budget.seconds >= HOUR else MINUTE_TEXT
        reply = error_reply(429, 429, text, "the text is documented, the status and the envelope are not")
        if not self._config.retry_after:
            return reply
        return replace(reply, headers=(*reply.headers, ("Retry-After", str(math.ceil(breach.wait)))))

    def _perform(self, call: Call, preparing: float | None = None) -> Reply:
        try:
            return self._operations.perform(call, self._clock.wall(), preparing)
        except Refusal as refused:
            return refused.reply

    def _fail(self, call: Call, pick: Pick, message: Message) -> Reply:
        rule, fault = pick.rule, FAULTS[pick.rule.label]
        self._faults[str(replace(rule, rate=None, seconds=None))] += 1
        seconds = fault.seconds if rule.seconds is None else rule.seconds
        genuine = self._take_effect(call, fault.effect, seconds)
        target = f"{message.path}?{message.query_string}" if message.query_string else message.path
        return faulty_reply(rule.label, Hit(genuine, seconds, pick.roll, self._clock.wall(), target))

    def _take_effect(self, call: Call, effect: Effect, seconds: float) -> Reply:
        """Do what the fault lets happen; return what the client would get without the fault."""
        if effect is Effect.TAKEN:
            return self._perform(call)
        if effect is Effect.PREPARING:
            return self._perform(call, preparing=seconds)
        if effect is Effect.LATE:
            self._defer(seconds, partial(self._perform, call))
        return self._operations.pretend(call, self._clock.wall())

    def _latency(self, message: Message) -> float:
        least, most = self._config.latency_range
        if least == most:
            return least
        line = message.method, message.path
        self._came[line] += 1
        return least + (most - least) * self._dice.roll("latency", *line, self._came[line])
