"""Histories of runs, told in a few words."""

import pytest

from launcher.journal.events import (
    AttemptFinished,
    AttemptIntended,
    DoubtCleared,
    LaunchFinished,
    LaunchPlanned,
    ReadFinished,
    ReadIntended,
    RunClosed,
    RunOpened,
)
from launcher.manifest.model import (
    Account,
    Bot,
    Credentials,
    Identity,
    Quota,
    Settings,
)
from launcher.manifest.secrets import Inline, Secret
from launcher.outcome import OutcomeKind, Result
from launcher.plan.model import Launch, Plan
from launcher.report.summary import Summary

MINUTE = (Quota(60, 60.0),)
T0 = 1_795_435_200.0  # 2026-11-23T12:00:00Z

HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"'&<>`",
    "\x00\x01\x07\x1b[2Jgone\x7f\x85",
    "first\r\nnot ok 99 - second\u2028third",
    "\ud800 half a letter \udfff",
    "\ufffe\uffff\U0001fffe",
    "\u202eesrever\u2066",
    '=HYPERLINK("http://example.invalid")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "  =1",
    "\uff1d1",
    "a | b || c",
    "`code` *bold* _em_ ~~gone~~ $x$",
    "[link](http://example.invalid) ![picture](x) www.example.invalid https://example.invalid",
    "@everybody please look at #12",
    "# heading",
    "- item",
    "12) item",
    "---",
    "ok # SKIP nothing # todo",
    "]]> <!-- --> <?xml?>",
    "{{ template }} ${SHELL} $(reboot)",
    "\u05e9\u05dc\u05d5\u05dd",
    "",
    " ",
    "x" * 5_000,
)
"""What others could put into names, ids and messages."""


class Story:
    """Events of a run in their order, one second apart; every verb tells what happened to a launch."""

    def __init__(self, key="nightly-2026-11-23", manifest="campaigns.yaml"):
        self.key = key
        self.events = []
        self.now = T0
        self.manifest = manifest
        self.open()

    def tell(self, event):
        self.events.append(event)
        self.now += 1.0
        return self

    def open(self, manifest_sha256="ab" * 32):
        return self.tell(RunOpened(self.now, self.manifest, manifest_sha256, "0.1.0"))

    def plan(
        self, launch, position=None, *, account="acme", name=None, campaign=None, bot=None, account_id=None
    ):
        identity = Identity(
            "https://platform.kore.ai",
            account_id or f"id-{account}",
            "st-1",
            campaign or f"cd-{launch}",
            "sms",
        )
        place = launch if position is None else position
        return self.tell(LaunchPlanned(launch, place, identity, account, bot, name))

    def intend(self, launch, attempt=1):
        return self.tell(AttemptIntended(launch, attempt, self.now))

    def reply(self, launch, kind, attempt=1, reason=None, status=None, *, evidence=None):
        return self.tell(AttemptFinished(launch, attempt, self.now, kind, reason, status, evidence))

    def end(self, launch, result, reason=None, evidence=None):
        return self.tell(LaunchFinished(launch, self.now, result, reason, evidence))

    def start(self, launch, attempt=1):
        self.intend(launch, attempt).reply(
            launch, OutcomeKind.ACCEPTED, attempt, None, 200, evidence="status Active"
        )
        return self.end(launch, Result.STARTED)

    def reject(self, launch, reason="HTTP 401: Invalid SDK credentials", status=401):
        self.intend(launch).reply(launch, OutcomeKind.REFUSED, 1, reason, status)
        return self.end(launch, Result.REJECTED, reason)

    def throttle(self, launch, attempt=1):
        return self.intend(launch, attempt).reply(launch, OutcomeKind.THROTTLED, attempt, "HTTP 429", 429)

    def doubt(self, launch, reason="no reply within 30 s", attempt=1):
        return self.intend(launch, attempt).reply(launch, OutcomeKind.IN_DOUBT, attempt, reason)

    def read(self, launch, state="Ready"):
        return self.tell(ReadIntended(launch, self.now)).tell(ReadFinished(launch, self.now, state, 200))

    def clear(self, launch):
        return self.tell(DoubtCleared(launch, self.now, "read status Ready 2 times, 5 s apart"))

    def unknown(self, launch, reason="no reply within 30 s"):
        return self.doubt(launch, reason).read(launch, None).end(launch, Result.UNKNOWN, reason)

    def fail(self, launch, reason="the host's name does not resolve"):
        return (
            self.intend(launch)
            .reply(launch, OutcomeKind.UNSENT, 1, reason)
            .end(launch, Result.FAILED, reason)
        )

    def skip(self, launch, reason="halted: 5 of 60 launches unknown"):
        return self.end(launch, Result.NOT_ATTEMPTED, reason)

    def close(self, exit_code=0):
        return self.tell(RunClosed(self.now, exit_code))

    @property
    def summary(self):
        return Summary.of(self.events, self.key)


def plan_of(counts, budget=MINUTE, *, concurrency=16, bot=None, tags=(), name=None):
    """A plan with so many launches of each account; the numbers of the launches are those of a story."""
    credentials = Credentials("account acme", "cs-1", Secret(Inline("canary-secret")))
    launches = []
    for account_name, count in counts.items():
        account = Account(account_name, f"id-{account_name}", "https://platform.kore.ai", budget, credentials)
        for _ in range(count):
            identity = Identity(
                account.host, account.id, "st-1", f"cd-{len(launches):08d}-3682-5e72-a839-af9e0711aaaa", "sms"
            )
            its_bot = Bot(bot, account_name, "st-1", None) if bot else None
            launches.append(Launch(identity, account, its_bot, name, tags, credentials))
    return Plan("nightly", "campaigns.yaml", "ab" * 32, Settings(concurrency=concurrency), tuple(launches))


@pytest.fixture
def make_plan():
    """Makes a plan: `make_plan({"acme": 3})`."""
    return plan_of


@pytest.fixture
def t0():
    """When a story begins, seconds since the epoch."""
    return T0


@pytest.fixture
def new_story():
    """Makes more than one story."""
    return Story


@pytest.fixture
def story():
    """A run that was just opened."""
    return Story()


@pytest.fixture
def mixed_story():
    """Every result once or more, over three accounts."""
    story = Story()
    accounts = ["acme"] * 6 + ["globex"] * 3 + ["initech-emea"] * 3
    for launch, account in enumerate(accounts):
        story.plan(
            launch,
            account=account,
            name=f"Renewal {launch}",
            campaign=f"cd-{launch:08d}-3682-5e72-a839-af9e0711aaaa",
        )
    for launch in (0, 1, 2):
        story.start(launch)
    story.throttle(3).start(3, attempt=2)
    story.unknown(4).intend(5).reply(5, OutcomeKind.REFUSED, 1, "already active", 409)
    story.end(5, Result.ALREADY_ACTIVE, "the campaign is active already")
    story.reject(6).reject(7).start(8)
    story.fail(9).skip(10).skip(11)
    return story.close(3)


@pytest.fixture
def hostile_texts():
    """What others could put into names, ids and messages."""
    return HOSTILE


@pytest.fixture
def hostile_story():
    """Every hostile text as account, bot, name, id and reason, with every result but `already_active`."""
    story = Story(key="key </title><script>alert(1)</script>")
    endings = (story.start, story.reject, story.unknown, story.fail, story.skip)
    cases = [(text, ending) for text in HOSTILE for ending in range(len(endings))]
    for launch, (text, _) in enumerate(cases):
        story.plan(launch, account=text, name=text, campaign=f"{text}{launch}", bot=text)
    for launch, (text, ending) in enumerate(cases):
        arguments = () if ending == 0 else (f"{text} because {text}",)
        endings[ending](launch, *arguments)
    return story.close(3)
