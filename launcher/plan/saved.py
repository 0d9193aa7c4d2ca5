"""A plan on paper: which campaigns a run is to start, and the state that they were found in. Pure.

It holds no secret and no setting: it names the manifest that it came from, which a run reads again.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from launcher.errors import RefusedError, UsageError
from launcher.manifest.model import Identity
from launcher.plan.findings import BLOCKING, IDLE, Finding
from launcher.plan.live import LiveLaunch
from launcher.plan.model import Plan
from launcher.plan.rehearsal import real

SCHEMA = "launcher.saved-plan/1"
_OTHER_SCHEMA = "launcher.plan/1"
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class SavedLaunch:
    """One campaign to start."""

    identity: Identity
    name: str | None
    state: str | None = None
    """As it was found; None when nobody looked."""


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """What a run is to start, and nothing else."""

    key: str
    """The run key of its run: the same plan twice continues that run."""
    manifest: str
    """Absolute path."""
    manifest_sha256: str
    made_at: str
    """ISO 8601, UTC."""
    live: bool
    """Whether the states were read."""
    sandbox: bool
    """Whether they were those of the sandbox."""
    launches: tuple[SavedLaunch, ...]

    def text(self) -> str:
        """As a file holds it: a launch a line."""
        lines = ",\n".join(f"    {json.dumps(_launch(each))}" for each in self.launches)
        head = {
            "schema": SCHEMA,
            "key": self.key,
            "manifest": self.manifest,
            "manifest_sha256": self.manifest_sha256,
            "made_at": self.made_at,
            "live": self.live,
            "sandbox": self.sandbox,
        }
        start = json.dumps({**head, "launches": []}, indent=2).removesuffix("]\n}")
        return f"{start}\n{lines}\n  ]\n}}\n" if lines else f"{start}]\n}}\n"

    def plan_of(self, plan: Plan) -> Plan:
        """The launches of `plan` that were saved, in the saved order.

        Raises:
            RefusedError: the manifest is not the one that it was made from, or nothing is to be started.
        """
        ours = {launch.identity: launch for launch in plan.launches}
        gone = [each.identity.campaign_id for each in self.launches if each.identity not in ours]
        if gone or plan.manifest_sha256 != self.manifest_sha256:
            raise RefusedError(self._changed(plan, gone), code="L036")
        if not self.launches:
            raise RefusedError("the plan has nothing to start; nothing was sent", code="L033")
        return replace(plan, launches=tuple(ours[each.identity] for each in self.launches))

    def _changed(self, plan: Plan, gone: list[str]) -> str:
        was, now = self.manifest_sha256[:12], plan.manifest_sha256[:12]
        detail = f"; {len(gone)} of its launches are no longer there ({_some(gone)})" if gone else ""
        return (
            f"{self.manifest} or a list that it draws in has changed since the plan was made {self.made_at} "
            f"(sha256 {was}… is now {now}…){detail}; make the plan again, nothing was sent"
        )


def saved(
    plan: Plan,
    *,
    key: str,
    made_at: str,
    live: Iterable[LiveLaunch] | None = None,
    sandbox: bool = False,
) -> SavedPlan:
    """A plan to be saved: all of `plan`, or what of it is worth a start after a look at the live state."""
    if live is None:
        launches = tuple(SavedLaunch(real(each.identity), each.name) for each in plan.launches)
    else:
        launches = tuple(
            SavedLaunch(real(each.launch.identity), each.launch.name, each.state)
            for each in live
            if is_worth_a_start(each)
        )
    return SavedPlan(
        key, plan.manifest_path, plan.manifest_sha256, made_at, live is not None, sandbox, launches
    )


def is_worth_a_start(each: LiveLaunch) -> bool:
    """Whether nothing that was found speaks against a start."""
    return not (BLOCKING | IDLE).intersection(each.findings)


def drifted(plan: SavedPlan, now: Iterable[LiveLaunch]) -> str | None:
    """What has changed of the campaigns since the plan was made, in a sentence; None when nothing has.

    What its own run has started, or may have started, is not drift.
    """
    was = {each.identity: each.state for each in plan.launches}
    changes = []
    for each in now:
        before = was.get(real(each.launch.identity))
        if Finding.COOLDOWN not in each.findings and not _same(before, each.state):
            is_now = each.state or ("not there" if Finding.NOT_FOUND in each.findings else "unreadable")
            changes.append(f"{each.launch.identity.campaign_id} was {before}, is {is_now}")
    if not changes:
        return None
    return (
        f"the state of {len(changes)} of {len(was)} campaigns has changed since the plan was made "
        f"{plan.made_at}: {_some(changes)}; make the plan again, nothing was sent"
    )


def _same(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one.strip().lower() == other.strip().lower()


def _some(texts: list[str]) -> str:
    more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return ", ".join(texts[:_SHOWN]) + more


def read_saved(text: str, name: str) -> SavedPlan | None:
    """The saved plan that `text` is; None when it is something else, such as a manifest.

    Raises:
        UsageError: it is meant to be one, and is damaged or of another version.
    """
    start = text[:200].lstrip()
    if not start.startswith("{") or '"launcher.' not in start:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise UsageError(
            f"{name} is a saved plan, but damaged: it is not JSON; make it again", code="L009"
        ) from None
    schema = value.get("schema") if isinstance(value, dict) else None
    if schema == _OTHER_SCHEMA:
        raise UsageError(
            f"{name} is what `plan --json` prints; a run takes what `plan --out FILE` writes", code="L009"
        )
    if schema != SCHEMA:
        raise UsageError(
            f"{name} is of the schema {schema!r}, this launcher reads {SCHEMA}; make it again", code="L009"
        )
    try:
        return _decode(value)
    except (KeyError, TypeError, ValueError):
        raise UsageError(f"{name} is a saved plan, but damaged: make it again", code="L009") from None


def _decode(value: Mapping[str, Any]) -> SavedPlan:
    texts = (_text(value[name]) for name in ("key", "manifest", "manifest_sha256", "made_at"))
    key, manifest, sha256, made_at = texts
    launches = tuple(map(_decode_launch, value["launches"]))
    return SavedPlan(
        key, manifest, sha256, made_at, value["live"] is True, value["sandbox"] is True, launches
    )


def _decode_launch(value: Mapping[str, Any]) -> SavedLaunch:
    host, *rest = (
        _text(value[name]) for name in ("host", "account_id", "stream_id", "campaign_id", "channel")
    )
    name, state = (None if value[each] is None else _text(value[each]) for each in ("name", "state"))
    return SavedLaunch(Identity(host, *rest), name, state)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _launch(each: SavedLaunch) -> dict[str, Any]:
    host, account, stream, campaign, channel = each.identity
    return {
        "host": host,
        "account_id": account,
        "stream_id": stream,
        "campaign_id": campaign,
        "channel": channel,
        "name": each.name,
        "state": each.state,
    }
