"""Points at which a launcher kills itself with SIGKILL: every call and return of named functions.

A coroutine "returns" whenever it waits and is "called" whenever it goes on, so that every await inside the
named ones is a point of its own; of SQLite it is every statement that the journal executes. The profiler's
hook tells of them: nothing of this is in the launcher. A tests-only script:

    KILLPOINT='Run._send/call#3' python tests/killpoint.py run campaigns.yaml
    KILLPOINT='…' KILLPOINT_SIGNAL=SIGSTOP …                                       another signal than SIGKILL
    KILLPOINT_LOG=points.txt     python tests/killpoint.py run campaigns.yaml      every point, one a line
"""

import importlib
import os
import signal
import sys
import threading
from collections import Counter

NAMED = (
    ("aiohttp.client_reqrep", "ClientRequest.send ClientRequest.write_bytes ClientResponse.start"),
    ("aiohttp.connector", "TCPConnector.connect"),
    ("launcher.cli.run", "_tell"),
    ("launcher.engine.conductor", "Conductor.granted Conductor.on_outcome Conductor.on_reading"),
    ("launcher.engine.run", "Run._claim Run._work Run._send Run._emit Run._leave_nothing_open Run.flush"),
    ("launcher.journal.connection", "Files.check connect"),
    ("launcher.journal.lock", "RunLocks.acquire RunLock.release"),
    ("launcher.journal.opener", "open_run _Taken.go_on _Taken._save_launches"),
    ("launcher.journal.run", "SqliteRunJournal.claim SqliteRunJournal.append SqliteRunJournal.close"),
    ("launcher.journal.schema", "migrate use_wal"),
    ("launcher.journal.session", "Session.begin Session.put Session.claim Session.commit Session.close"),
    ("launcher.journal.writer", "Writer._ask Writer._commit Writer._take Writer._settle _Posted.answer"),
    ("launcher.kore.client", "KoreClient.start KoreClient.read_status KoreClient.read_details"),
    ("launcher.kore.transport", "Transport.exchange _read"),
    ("launcher.report.write", "write_report"),
    ("launcher.session", "Session.execute Session._record"),
)
STATEMENTS = ("execute", "executemany")
JOURNAL = f"{os.sep}launcher{os.sep}journal{os.sep}"
IN_BULK = f"{JOURNAL}bulk.py"
"""Executes for others: a statement is called after who wants it."""


class Hook:
    """Counts points; kills at the wanted one, or lists all."""

    def __init__(self, wanted, number, log):
        self._wanted = wanted
        self._number = number
        self._log = log
        self._seen = Counter()
        self._names = {}
        for module, names in NAMED:
            for name in names.split():
                found = importlib.import_module(module)
                for part in name.split("."):
                    found = getattr(found, part)
                found = getattr(found, "__wrapped__", found)
                self._names[found.__code__] = name

    def __call__(self, frame, event, argument):
        if event in {"call", "return"}:
            name = self._names.get(frame.f_code)
        elif getattr(argument, "__name__", "") in STATEMENTS and JOURNAL in frame.f_code.co_filename:
            asks = frame.f_back if frame.f_code.co_filename.endswith(IN_BULK) else frame
            name, event = f"SQL in {asks.f_code.co_name}", event.removeprefix("c_")
        else:
            return
        if name is not None:
            self._reached(f"{name}/{event}")

    def _reached(self, place):
        self._seen[place] += 1
        point = f"{place}#{self._seen[place]}"
        if self._log is not None:
            os.write(self._log, f"{point}\n".encode())
        if point == self._wanted:
            # To this thread: another one would take its time to bring this one down.
            signal.pthread_kill(threading.get_ident(), self._number)


def install(environment):
    """Watch this process if the environment wants it."""
    wanted, log = environment.get("KILLPOINT"), environment.get("KILLPOINT_LOG")
    if wanted is None and log is None:
        return
    opened = None if log is None else os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    hook = Hook(wanted, signal.Signals[environment.get("KILLPOINT_SIGNAL", "SIGKILL")], opened)
    threading.setprofile(hook)
    sys.setprofile(hook)


def uninstall():
    """Watch no more."""
    sys.setprofile(None)
    threading.setprofile(None)


if __name__ == "__main__":
    install(os.environ)
    from launcher.__main__ import main

    sys.exit(main())
