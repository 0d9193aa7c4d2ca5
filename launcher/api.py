"""From Python what the command does: load a manifest, build its plan, launch it.

```python
from launcher import build_plan, launch, load_manifest

plan = build_plan(load_manifest("campaigns.yaml"))
report = await launch(plan, sandbox="none")
```
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from launcher.engine.ports import Observer
from launcher.errors import RefusedError
from launcher.manifest.load import load_manifest
from launcher.manifest.model import Manifest
from launcher.plan.build import build_plan
from launcher.plan.model import Plan
from launcher.session import Options, Report, Session, open_session

__all__ = [
    "Manifest",
    "Options",
    "Plan",
    "Report",
    "Session",
    "build_plan",
    "launch",
    "load_manifest",
    "open_session",
]


async def launch(
    plan: Plan,
    *,
    key: str | None = None,
    journal: str | Path | None = None,
    sandbox: str | None = None,
    concurrency: int | None = None,
    allow_restart: Mapping[str, str] | None = None,
    observers: Sequence[Observer] = (),
) -> Report:
    """Launch the plan and return when every launch has a result.

    `observers` see every event; `Options` explains the other arguments, `open_session` what is raised.

    Raises:
        RefusedError: the manifest has not the campaigns that its `expect` says, or it asks for a preflight,
            which only the command does.
    """
    if plan.unexpected is not None:
        raise RefusedError(f"{plan.unexpected}; nothing was sent", code="L038")
    if plan.settings.preflight is not None and sandbox is None:  # not obeyed, it would message people again
        raise RefusedError(
            "the manifest asks for a preflight, which only `launcher run` does; nothing was sent"
        )
    options = Options(
        key=key,
        journal=journal,
        sandbox=sandbox,
        concurrency=concurrency,
        allow_restart=allow_restart or {},
    )
    async with open_session(plan, options) as session:
        for observer in observers:
            session.watch(observer)
        return await session.execute()
