"""Options that tell others of a run, and what they attach to it."""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, redirect_stdout
from typing import TYPE_CHECKING

from launcher.cli import hints
from launcher.cli.output import talk
from launcher.errors import UsageError
from launcher.report.plain import plain

if TYPE_CHECKING:
    from launcher.session import Session
    from launcher.telemetry.notify import Target
    from launcher.telemetry.teller import Teller

_EXTRAS = {"opentelemetry": "otel", "apprise": "notify"}
_NEEDS = {
    "otel": "--otel needs OpenTelemetry's SDK and its OTLP exporter",
    "notify": "--notify needs apprise",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """`--events`, `--metrics`, `--otel`, `--notify` and `--notify-config`."""
    group = parser.add_argument_group("telling others")
    group.add_argument(
        "--events",
        metavar="FILE",
        help="append every event as a line of JSON; - is stdout, the table then goes to stderr",
    )
    group.add_argument(
        "--metrics", metavar="FILE", help="keep metrics in a file for Prometheus' textfile collector (*.prom)"
    )
    group.add_argument(
        "--otel", action="store_true", help="send traces by OpenTelemetry, set up by the OTEL_* variables"
    )
    group.add_argument(
        "--notify",
        metavar="URL",
        action="append",
        default=[],
        help="tell somebody of start, halt and end: an apprise URL, better env:NAME or file:PATH of one; "
        "may be repeated",
    )
    group.add_argument(
        "--notify-config",
        metavar="FILE",
        action="append",
        default=[],
        help="the same for all URLs of an apprise configuration file",
    )


def check_options(arguments: argparse.Namespace) -> None:
    """Find, before anything is sent, what would go wrong.

    Raises:
        UsageError: a file cannot be written, a package is missing, a target is none.
    """
    if events := getattr(arguments, "events", None):
        from launcher.telemetry.event_stream import check_events  # noqa: PLC0415  # only when used

        if events == "-" and (arguments.json or "-" in arguments.report):
            raise UsageError(
                "--events - and the report cannot both have stdout; give one of them a file", code="L005"
            )
        _must_be_its_own("--events", events, arguments)
        check_events(events)
    if metrics := getattr(arguments, "metrics", None):
        from launcher.telemetry.metrics_file import check_metrics  # noqa: PLC0415  # only when used

        _must_be_its_own("--metrics", metrics, arguments)
        check_metrics(metrics)
    if getattr(arguments, "otel", False):
        with _hint():
            from launcher.telemetry.traces import exporter_from_environment  # noqa: PLC0415  # the SDK
        exporter_from_environment()
    _targets(arguments)


def _must_be_its_own(option: str, path: str, arguments: argparse.Namespace) -> None:
    journal = arguments.journal or os.environ.get("LAUNCHER_JOURNAL")
    others = {
        "the manifest": [getattr(arguments, "manifest", None)],
        "the journal": [f"{journal}{end}" for end in ("", "-wal", "-shm") if journal],
        "a report": arguments.report,
        "the metrics' file": [arguments.metrics if option == "--events" else None],
    }
    for what, paths in others.items():
        if os.path.realpath(path) in {os.path.realpath(other) for other in paths if other}:
            raise UsageError(
                f"{option} {plain(path)}: that is {what}; give it a file of its own", code="L005"
            )


@contextmanager
def telling(arguments: argparse.Namespace, session: "Session") -> Iterator[None]:
    """Tell others what the session does, as the options ask; waits a few seconds at the end, never longer.

    Raises:
        UsageError: see `check_options`.
    """
    tellers = _tellers(arguments, session)
    if not tellers:
        yield
        return
    from launcher.telemetry.teller import Tellers  # noqa: PLC0415  # only when used

    everybody = Tellers(tellers)
    session.watch(everybody)
    try:
        yield
    finally:
        for trouble in everybody.finish():
            talk(f"launcher: {trouble}")


def table_beside_events(arguments: argparse.Namespace) -> AbstractContextManager[object]:
    """While stdout belongs to the events, what else is printed goes to stderr."""
    return redirect_stdout(sys.stderr) if getattr(arguments, "events", None) == "-" else nullcontext()


def _tellers(arguments: argparse.Namespace, session: "Session") -> list[tuple[str, "Teller"]]:
    opened_at = time.time()
    found: list[tuple[str, Teller]] = []
    # Whatever can fail comes first: a thread that was started would go on.
    told = _targets(arguments)
    if getattr(arguments, "otel", False) and (traces := _traces(arguments, session, opened_at)):
        found.append(("--otel", traces))
    if getattr(arguments, "events", None):
        found.append(("--events", _events(arguments, session, opened_at)))
    if getattr(arguments, "metrics", None):
        found.append(("--metrics", _metrics(arguments, session, opened_at)))
    if told:
        found.append(("notifications", _notifier(told, arguments, session, opened_at)))
    return found


def _traces(arguments: argparse.Namespace, session: "Session", opened_at: float) -> "Teller | None":
    with _hint():
        from launcher.telemetry.traces import Traces, exporter_from_environment  # noqa: PLC0415  # the SDK
    exporter = exporter_from_environment()
    if exporter is None:
        return None
    told: dict[str, str | bool] = {
        "launcher.plan": session.plan.name,
        "launcher.manifest": session.plan.manifest_path,
        "launcher.manifest_sha256": session.plan.manifest_sha256,
        "launcher.rehearsal": _rehearsal(arguments),
    }
    return Traces(exporter, session.summary, opened_at, told)


def _events(arguments: argparse.Namespace, session: "Session", opened_at: float) -> "Teller":
    from launcher.telemetry.event_lines import Begin, EventLines  # noqa: PLC0415  # only when used
    from launcher.telemetry.event_stream import EventStream, open_target, unfinished  # noqa: PLC0415  # see above

    restarts = dict.fromkeys(
        getattr(arguments, "allow_restart", None) or (), getattr(arguments, "reason", None) or ""
    )
    begin = Begin(opened_at, session.plan, _rehearsal(arguments), restarts)
    torn = unfinished(arguments.events)
    return EventStream(EventLines(session.summary, begin), open_target(arguments.events), torn=torn)


def _metrics(arguments: argparse.Namespace, session: "Session", opened_at: float) -> "Teller":
    from launcher.telemetry.metrics_file import MetricsFile  # noqa: PLC0415  # only when used
    from launcher.telemetry.metrics_text import Observed  # noqa: PLC0415  # see above

    observed = Observed(session.summary, session.plan.name, opened_at, _rehearsal(arguments))
    return MetricsFile(arguments.metrics, observed)


def _notifier(
    told: list["Target"], arguments: argparse.Namespace, session: "Session", opened_at: float
) -> "Teller":
    from launcher.telemetry.messages import Messages  # noqa: PLC0415  # only when used
    from launcher.telemetry.notify import Notifier  # noqa: PLC0415  # apprise

    rehearsal = _rehearsal(arguments)
    kept = not rehearsal or arguments.journal is not None
    again = hints.continue_run(arguments, session.key, arguments.manifest) if kept else None
    messages = Messages(session.summary, rehearsal=rehearsal, opened_at=opened_at, again=again)
    return Notifier(told, messages)


def _targets(arguments: argparse.Namespace) -> list["Target"]:
    urls, configs = getattr(arguments, "notify", []), getattr(arguments, "notify_config", [])
    if not urls and not configs:
        return []
    with _hint():
        from launcher.telemetry.notify import targets  # noqa: PLC0415  # apprise
    return targets(urls, configs)


def _rehearsal(arguments: argparse.Namespace) -> bool:
    return getattr(arguments, "sandbox", None) is not None


@contextmanager
def _hint() -> Iterator[None]:
    """A missing package is a sentence with what to install."""
    try:
        yield
    except ImportError as error:
        package = (error.name or "").partition(".")[0]
        extra = _EXTRAS.get(package)
        if extra is None:
            raise
        raise UsageError(
            f"{_NEEDS[extra]}: pip install 'kore-campaign-launcher[{extra}]'", code="L006"
        ) from error
