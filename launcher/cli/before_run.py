"""What is settled before a run begins: which launches it has, and whether their state allows it."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from launcher.cli import plan_file, selection
from launcher.cli.loading import load_plan
from launcher.cli.output import sends, talk, warn
from launcher.errors import RefusedError

if TYPE_CHECKING:
    from launcher.journal.port import PastRequest
    from launcher.manifest.model import Identity, Preflight
    from launcher.plan.live import LivePlan
    from launcher.plan.model import Plan
    from launcher.plan.saved import SavedPlan


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a run is given."""

    plan: "Plan"
    saved: "SavedPlan | None" = None
    """The saved plan that it comes from."""
    past: "Sequence[PastRequest]" = ()
    """Requests that were sent just now, to look at the states."""


def prepare(arguments: argparse.Namespace) -> Prepared:
    """The plan that the command line asks for; sends nothing.

    Raises:
        ManifestError: the manifest has problems.
        RefusedError: nothing is selected, or the manifest is not what it, or a saved plan, expects.
        UsageError: an option, or the saved plan, is no good.
    """
    from launcher.manifest.lookalikes import lookalikes  # noqa: PLC0415  # only here

    saved = plan_file.read(arguments)
    plan, manifest = load_plan(arguments.manifest if saved is None else saved.manifest)
    warn(lookalikes(manifest))
    if plan.unexpected is not None:
        raise RefusedError(f"{plan.unexpected}; nothing was sent", code="L038")
    if saved is not None:
        return Prepared(saved.plan_of(plan), saved)
    return Prepared(selection.narrow(plan, arguments))


def look(prepared: Prepared, arguments: argparse.Namespace) -> Prepared:
    """Read the live state where the manifest's `preflight` or a saved plan asks for it, and act on it.

    Raises:
        RefusedError: the state is not what the plan was made of, or what the policy allows.
        JournalError, SecretError: as a run would.
    """
    saved = prepared.saved
    # The sandbox of a rehearsal is made anew: its campaigns are in no state that could have changed.
    compared = saved if saved is not None and saved.live and arguments.sandbox is None else None
    policy = prepared.plan.settings.preflight
    if compared is None and policy is None:
        return prepared
    live, past = _read(prepared.plan, arguments)
    if compared is not None:
        _refuse_drift(compared, live)
    plan = prepared.plan if policy is None else _obeying(policy, prepared.plan, live)
    return Prepared(plan, saved, past)


def _obeying(policy: "Preflight", plan: "Plan", live: "LivePlan") -> "Plan":
    """The plan without the starts that the policy does not allow.

    Raises:
        RefusedError: it wants the run refused for them.
    """
    from launcher.plan.live import bar  # noqa: PLC0415  # only here
    from launcher.plan.rehearsal import real  # noqa: PLC0415  # only here

    narrowed = bar(live.plan, live.launches, policy.allow)
    reasons = {real(each.identity): each.barred for each in narrowed.launches if each.barred is not None}
    if not reasons:
        return plan
    if policy.on_other == "fail":
        raise RefusedError(_refusal(reasons, len(plan.launches)), code="L039")
    talk(f"preflight: {len(reasons):,} of {len(plan.launches):,} launches are left out")
    kept = tuple(replace(each, barred=reasons.get(each.identity)) for each in plan.launches)
    return replace(plan, launches=kept)


_SHOWN = 3


def _refusal(reasons: "Mapping[Identity, str]", planned: int) -> str:
    shown = [f"{identity.campaign_id}: {why}" for identity, why in list(reasons.items())[:_SHOWN]]
    more = f"; and {len(reasons) - _SHOWN:,} more" if len(reasons) > _SHOWN else ""
    return (
        f"preflight refuses the run for {len(reasons):,} of {planned:,} launches: "
        f"{'; '.join(shown)}{more}; `launcher plan --live` shows all, nothing was sent"
    )


def _refuse_drift(saved: "SavedPlan", live: "LivePlan") -> None:
    from launcher.plan.saved import drifted  # noqa: PLC0415  # only here

    change = drifted(saved, live.launches)
    if change is not None:
        raise RefusedError(change, code="L036")


def _read(plan: "Plan", arguments: argparse.Namespace) -> "tuple[LivePlan, Sequence[PastRequest]]":
    import anyio  # noqa: PLC0415  # the event loop, only when something is read

    from launcher.live import LiveOptions, look_at  # noqa: PLC0415  # see above
    from launcher.session import default_key  # noqa: PLC0415  # sqlite3 comes with it

    sends(arguments, "; no start was sent")
    options = LiveOptions(
        key=arguments.key or default_key(plan),
        journal=arguments.journal,
        sandbox=arguments.sandbox,
        share=arguments.share,
        mixed=False,
        allow_restart=frozenset(arguments.allow_restart),
    )
    return anyio.run(look_at, plan, options, tell_wait)


_WORTH_A_WORD = 2.0
"""Seconds of waiting."""


def tell_wait(account: str, seconds: float) -> None:
    """Say that the reading waits for a budget."""
    if seconds >= _WORTH_A_WORD:
        talk(f"account {account}: its request limit is reached; reading goes on in {seconds:.0f} s")
