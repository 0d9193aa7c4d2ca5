"""The kinds of event lines and what their keys mean: the one source of schema and documentation. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, get_args

from launcher.journal.events import (
    AttemptFinished,
    AttemptIntended,
    AttemptWithdrawn,
    DoubtCleared,
    GateOpened,
    LaneClosed,
    LaneWaiting,
    LaunchFinished,
    LaunchPlanned,
    LaunchReopened,
    LaunchStep,
    ReadFinished,
    ReadIntended,
    RestartAllowed,
    RunClosed,
    RunHalted,
    RunOpened,
    Watched,
)
from launcher.outcome import OutcomeKind, Result

SCHEMA = "launcher.event/1"
"""New kinds and new keys may come within a version; whatever changes a meaning makes another one."""

EVENT_CLASSES: tuple[type[Watched], ...] = get_args(Watched)
LAUNCH_STEPS: tuple[type[LaunchStep], ...] = get_args(LaunchStep)

Type = Mapping[str, Any]
"""A JSON Schema."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of event lines."""

    about: str
    type: Type


_TEXT: Type = {"type": "string"}
_TEXT_OR_NULL: Type = {"type": ["string", "null"]}
_COUNT: Type = {"type": "integer", "minimum": 0}
_TIME: Type = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
_TIME_OR_NULL: Type = {"anyOf": [_TIME, {"type": "null"}]}
_RESULTS = [result.value for result in Result]
_TOTALS: Type = {
    "type": "object",
    "properties": dict.fromkeys(("planned", *_RESULTS), _COUNT),
    "required": ["planned", *_RESULTS],
}

KEYS: Mapping[str, Key] = {
    "schema": Key(f"always `{SCHEMA}`", {"const": SCHEMA}),
    "seq": Key("counts the lines of this process from 0; a gap is what was dropped", _COUNT),
    "at": Key("when it happened", _TIME),
    "event": Key("the kind of event", _TEXT),
    "run": Key("the run key", _TEXT),
    "account": Key("the account's name in the manifest", _TEXT),
    "account_id": Key("its id at Kore.ai", _TEXT_OR_NULL),
    "bot": Key("the bot's name in the manifest, if it has one", _TEXT_OR_NULL),
    "stream_id": Key("the stream", _TEXT),
    "campaign_id": Key("the campaign", _TEXT),
    "name": Key("the campaign's name in the manifest, if it has one", _TEXT_OR_NULL),
    "channel": Key("`sms` or `voice`", _TEXT),
    "host": Key("where the request goes", _TEXT),
    "position": Key("place in the plan, from 0", _COUNT),
    "attempt": Key("number of the start request, from 1 over the whole run key", _COUNT),
    "outcome": Key("what the attempt meant", {"enum": [kind.value for kind in OutcomeKind]}),
    "result": Key("where the launch ended", {"enum": _RESULTS}),
    "result_before": Key(
        "where it ended in an earlier process of this run, if it did", {"enum": [*_RESULTS, None]}
    ),
    "reason": Key("a sentence for a person", _TEXT_OR_NULL),
    "http_status": Key("of the reply, if there was one", {"type": ["integer", "null"]}),
    "evidence": Key("what the server said that supports it", _TEXT_OR_NULL),
    "already_active": Key("refused because the campaign is active already", {"type": "boolean"}),
    "state": Key("the campaign's state as the API spells it; null when unreadable", _TEXT_OR_NULL),
    "throttled": Key("the read was refused because of the rate limit", {"type": "boolean"}),
    "until": Key("when it goes on; null when it does not, or nobody can tell", _TIME_OR_NULL),
    "queued": Key("launches of the account that wait", _COUNT),
    "manifest": Key("the manifest's path", _TEXT),
    "manifest_sha256": Key("of the manifest and the lists it draws in", _TEXT),
    "launcher_version": Key("the launcher's version", _TEXT),
    "operator": Key("who launched it, by name", _TEXT_OR_NULL),
    "ticket": Key("the ticket it belongs to, if one was named", _TEXT_OR_NULL),
    "rehearsal": Key("everything goes to the built-in sandbox", {"type": "boolean"}),
    "started_at": Key("when the run key was first used", _TIME_OR_NULL),
    "exit_code": Key(
        "what the process ends with; null when it ended in another way", {"type": ["integer", "null"]}
    ),
    "halted": Key("why the run stopped itself, if it did", _TEXT_OR_NULL),
    "totals": Key("launches planned, and by result as if the process ended now", _TOTALS),
    "requests": Key("requests sent under this run key", _COUNT),
    "throttled_requests": Key("those of them that were throttled", _COUNT),
    "count": Key("how many lines", _COUNT),
}

ENVELOPE = ("schema", "seq", "at", "event", "run")
"""On every line."""
LAUNCH = ("account", "account_id", "bot", "stream_id", "campaign_id", "name", "channel", "host")
"""On every line about one launch, so that no reader needs another line to know which."""
_LANE = ("account", "account_id")
_WHOLE_RUN = ("totals", "requests", "throttled_requests")

DROPPED = "events_dropped"

_ABOUT: Mapping[type[Watched], str] = {
    RunOpened: "the first line: this process took the run over, to begin or to continue it",
    LaunchPlanned: "a launch is part of the run; one line each, after `run_opened`",
    AttemptIntended: "a start request is about to be sent",
    AttemptWithdrawn: "it was not sent after all and does not count",
    AttemptFinished: "what the start request meant",
    ReadIntended: "the campaign's state is about to be read",
    ReadFinished: "what the read told",
    DoubtCleared: "reading state proved that the attempt in doubt started nothing",
    LaunchFinished: "where the launch ended",
    LaunchReopened: "a rerun takes up again a launch that had ended without a start, or in doubt",
    RestartAllowed: "the operator allowed the launch in spite of the cooldown",
    LaneClosed: "the account sends nothing until `until`, or nothing more at all when that is null",
    LaneWaiting: "the account has work and waits",
    GateOpened: "a wave was found well, or a person continued: the next wave begins",
    RunHalted: "the run sends no further starts",
    RunClosed: "the last line: how the run stands at the end of this process",
}
"""Every class of event has a word here, or a test fails."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event line."""

    name: str
    about: str
    keys: tuple[str, ...]
    """After those of the envelope, in the order of the line; all of them are always there."""


def name_of(event_class: type) -> str:
    """`AttemptFinished` is `attempt_finished`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", event_class.__name__).lower()


def own_fields(event_class: type[Watched]) -> tuple[str, ...]:
    """Attributes that are keys of the line under their own name."""
    hidden = {"at", "launch", "identity", *(LAUNCH if issubclass(event_class, LaunchPlanned) else _LANE)}
    return tuple(field.name for field in fields(event_class) if field.name not in hidden)


NAMES: Mapping[type, str] = {event_class: name_of(event_class) for event_class in EVENT_CLASSES}
OWN_FIELDS: Mapping[type, tuple[str, ...]] = {
    event_class: own_fields(event_class) for event_class in EVENT_CLASSES
}


def _keys(event_class: type[Watched]) -> tuple[str, ...]:
    own = own_fields(event_class)
    if issubclass(event_class, LaunchPlanned):
        return (*LAUNCH, *own, "result_before")
    if issubclass(event_class, LAUNCH_STEPS):
        return (*LAUNCH, *own)
    if issubclass(event_class, LaneClosed | LaneWaiting):
        return (*_LANE, *own)
    if issubclass(event_class, RunOpened):
        return (*own, "rehearsal", "started_at", *_WHOLE_RUN)
    if issubclass(event_class, RunClosed):
        return (*own, "halted", *_WHOLE_RUN)
    return own


KINDS: tuple[Kind, ...] = (
    *(Kind(name_of(event_class), about, _keys(event_class)) for event_class, about in _ABOUT.items()),
    Kind(
        DROPPED, "lines are missing here, because whoever reads was too slow or the disk was full", ("count",)
    ),
)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a line."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{SCHEMA.replace('/', ':')}",
        "title": f"A line of `launcher run --events`, {SCHEMA}",
        "type": "object",
        "oneOf": [_schema_of(kind) for kind in KINDS],
    }


def _schema_of(kind: Kind) -> dict[str, Any]:
    names = (*ENVELOPE, *kind.keys)
    properties = {name: {"description": KEYS[name].about, **KEYS[name].type} for name in names}
    properties["event"] = {"const": kind.name}
    return {"title": kind.name, "description": kind.about, "properties": properties, "required": list(names)}


def markdown() -> str:
    """The tables of docs/telemetry.md."""
    lines = ["| event | meaning | keys of its own |", "|---|---|---|"]
    for kind in KINDS:
        own = [f"`{name}`" for name in kind.keys if name not in LAUNCH]
        whose = ["*launch*", *own] if set(LAUNCH) <= set(kind.keys) else own
        if set(_LANE) <= set(kind.keys) and not set(LAUNCH) <= set(kind.keys):
            whose = [*(f"`{name}`" for name in _LANE), *own]
        lines.append(f"| `{kind.name}` | {kind.about} | {', '.join(dict.fromkeys(whose))} |")
    lines += ["", "| key | meaning |", "|---|---|"]
    lines += [f"| `{name}` | {key.about} |" for name, key in KEYS.items()]
    return "\n".join(lines) + "\n"
