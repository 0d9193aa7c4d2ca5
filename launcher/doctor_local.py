"""What `launcher doctor` looks at on this machine: the journal, its disk, open files, budgets. Blocking."""

import os
import resource
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from launcher.errors import JournalError
from launcher.finding import Finding, ok, problem, warning
from launcher.journal.check import examine
from launcher.journal.looks import Looks
from launcher.journal.places import Lane
from launcher.journal.store import Journal
from launcher.journal.usage import Usage, measure
from launcher.manifest.model import Quota
from launcher.plan.forecast import budget_text
from launcher.plan.model import Plan

MiB = 1024 * 1024
_TIGHT = 64 * MiB
_COMFORTABLE = 512 * MiB
_PER_LAUNCH = 4096
"""Bytes that a launch may leave in the journal, reads and retries included."""
_OWN_FILES = 64
"""Descriptors besides connections: the journal, its locks, reports, modules."""
_REMOTE = ("nfs", "cifs", "smb", "9p", "fuse.sshfs", "afs", "glusterfs", "ceph", "lustre")
_MOUNTS = Path("/proc/self/mounts")
_PATIENCE = 3.0
"""Seconds to wait for a launcher that writes at this moment."""


def journal(path: Path, *, rehearsal: bool = False) -> list[Finding]:
    """Whether the journal is healthy; a rehearsal needs none."""
    if not _is_there(path):
        return [_can_be_made(path, rehearsal=rehearsal)]
    try:
        verdict = examine(path)
    except JournalError as error:
        return [problem("journal", str(path), _without(str(error), path))]
    if verdict.findings:
        count = len(verdict.findings)
        told = f"cannot be trusted, {count} finding{'' if count == 1 else 's'}"
        return [
            problem("journal", str(path), told, f"`launcher runs check --journal {path}` says what to do")
        ]
    runs = len(verdict.sound)
    return [ok("journal", str(path), f"sound, {runs} run{'' if runs == 1 else 's'}")]


def book(path: Path, plan: Plan) -> Looks | None:
    """Where the requests about tokens are counted; None without a usable journal, which `journal` tells."""
    if not path.exists():
        return None
    try:
        with Journal.open(path, must_exist=True, patience=_PATIENCE) as opened:
            return opened.looks(plan)
    except JournalError:
        return None


def budgets(path: Path, plan: Plan) -> list[Finding]:
    """What is left of the budgets; shows that the journal is writable."""
    quotas: dict[Lane, Sequence[Quota]] = {}
    names: dict[Lane, str] = {}
    for launch in plan.launches:
        quotas.setdefault(launch.identity[:2], launch.account.budget)
        names.setdefault(launch.identity[:2], launch.account.name)
    if not _is_there(path):
        return [_untouched(names[lane], quotas[lane]) for lane in quotas]
    try:
        usage = measure(path, quotas, plan.settings.timeout, _PATIENCE)
    except JournalError as error:
        return [problem("writable", str(path), _without(str(error), path))]
    return [ok("writable", str(path), "the journal can be written"), *_told(usage, names)]


def _told(usage: Mapping[Lane, Sequence[Usage]], names: Mapping[Lane, str]) -> Iterable[Finding]:
    for lane, windows in usage.items():
        budget = budget_text([each.quota for each in windows])
        left = ", ".join(f"{each.left} of {budget_text([each.quota])}" for each in windows)
        subject = f"account {names[lane]}"
        if _is_used_up(windows):
            advice = "a run waits until places are free; see `launcher runs` for who uses it"
            yield warning("budget", subject, f"used up for the moment ({budget})", advice)
        else:
            yield ok("budget", subject, f"left: {left}")


def _untouched(name: str, budget: Sequence[Quota]) -> Finding:
    return ok("budget", f"account {name}", f"left: all of {budget_text(budget)}")


def _is_used_up(windows: Sequence[Usage]) -> bool:
    return any(each.left == 0 for each in windows)


def disk(path: Path, launches: int, mounts: Path = _MOUNTS) -> list[Finding]:
    """Whether the journal has room to grow, where locks are kept; `mounts` as Linux lists them."""
    folder = _existing(path.parent)
    if (kind := _file_system(folder, mounts)).startswith(_REMOTE):
        told = f"{kind}, a network file system: two launchers would not see each other's locks"
        return [problem("disk", str(folder), told, "put the journal on a local disk")]
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return [problem("disk", str(folder), f"cannot be looked at: {error.strerror or error}")]
    told = f"{free // MiB} MiB free"
    if free < _TIGHT + launches * _PER_LAUNCH:
        return [problem("disk", str(folder), told, "free some: no start is sent that cannot be recorded")]
    if free < _COMFORTABLE:
        return [warning("disk", str(folder), told, "free some before it is needed")]
    return [ok("disk", str(folder), told)]


def open_files(concurrency: int) -> list[Finding]:
    """Whether the process may open a connection for every request in flight."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = concurrency + _OWN_FILES
    told = f"{'any number' if limit == resource.RLIM_INFINITY else limit} may be open, {needed} may be needed"
    if limit != resource.RLIM_INFINITY and limit < needed:
        return [problem("open files", "this process", told, f"`ulimit -n {needed}`, or less concurrency")]
    return [ok("open files", "this process", told)]


def _can_be_made(path: Path, *, rehearsal: bool) -> Finding:
    folder = _existing(path.parent)
    if not folder.is_dir():
        return problem("journal", str(path), f"cannot be made: {folder} is no folder", "name another place")
    if not os.access(folder, os.W_OK | os.X_OK):
        advice = "make it writable, or name another place with --journal"
        return problem("journal", str(path), f"cannot be made: {folder} cannot be written", advice)
    if rehearsal:
        return ok("journal", str(path), "is not there; a rehearsal needs none")
    advice = "right for a first run; else name the journal of the earlier ones (--journal, LAUNCHER_JOURNAL)"
    return warning("journal", str(path), "is not there: a run would begin a new one here", advice)


def _is_there(path: Path) -> bool:
    """Whether a journal is there, or something that was left of one."""
    left = (path, path.with_name(path.name + "-wal"), path.with_name(path.name + ".locks"))
    return any(os.path.lexists(each) for each in left)


def _file_system(folder: Path, mounts: Path) -> str:
    """The type of the mount that holds `folder`; empty where nobody tells."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    whole = folder.resolve()
    held = [words for line in lines if whole.is_relative_to(Path((words := line.split(" "))[1]))]
    return max(held, key=lambda words: len(words[1]))[2] if held else ""


def _existing(folder: Path) -> Path:
    return next((each for each in (folder, *folder.parents) if each.exists()), folder)


def _without(sentence: str, path: Path) -> str:
    """The journal's sentence, which names the journal that the line names already."""
    return sentence.removeprefix(f"journal {path} ")
