"""Launchers in processes of their own, which tests stop, kill, starve and wait for."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

SECRET = "canary-3b1f5e7a9c0d-do-not-show-to-anybody"
PATIENCE = 40.0
"""Seconds that any process may take."""
_HERE = Path(__file__).parent


def until(condition, what="the condition", seconds=PATIENCE):
    """Poll until `condition()` is true; what it returned."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} did not come true in {seconds:g} s"
        time.sleep(0.005)
    return found


class Zygote:
    """The process that forks launchers (`fault_zygote`)."""

    def __init__(self):
        self._socket, theirs = socket.socketpair()
        os.set_inheritable(theirs.fileno(), True)
        command = [sys.executable, str(_HERE / "fault_zygote.py"), str(theirs.fileno())]
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()
        self._buffer = b""
        self._born = []
        self._codes = {}

    def fork(self, order):
        """Start what the order says; its process id."""
        self._socket.sendall(json.dumps(order).encode() + b"\n")
        until(lambda: self._born or self._listen(0.05), "the fork")
        return self._born.pop(0)

    def poll(self, pid):
        """The exit code (negative: the signal); None while it lives."""
        self._listen(0.0)
        return self._codes.get(pid)

    def close(self):
        self._socket.close()
        self._process.wait(PATIENCE)

    def _listen(self, seconds):
        while select.select([self._socket], [], [], seconds)[0]:
            received = self._socket.recv(1 << 16)
            assert received, "the zygote died"
            *lines, self._buffer = (self._buffer + received).split(b"\n")
            for line in lines:
                told = json.loads(line)
                if "status" in told:
                    self._codes[told["pid"]] = told["status"]
                else:
                    # The number may have been another one's before.
                    self._codes.pop(told["pid"], None)
                    self._born.append(told["pid"])
            seconds = 0.0


class Launched:
    """A launcher that was started."""

    def __init__(self, pid, poll, out, err):
        self.pid = pid
        self._poll = poll
        self._out = out
        self._err = err
        self.code = None

    @property
    def ended(self):
        if self.code is None:
            self.code = self._poll()
        return self.code is not None

    def send(self, number):
        """Send a signal; False when it has ended already."""
        if self.ended:
            return False
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return False
        return True

    def wait(self, seconds=PATIENCE):
        """Wait for the end; itself."""
        until(lambda: self.ended, f"the end of the launcher ({self.err[-500:]})", seconds)
        return self

    @property
    def out(self):
        return self._out.read_text()

    @property
    def err(self):
        return self._err.read_text()

    @property
    def report(self):
        """What `--json` printed."""
        assert self.out, self.err
        return json.loads(self.out)

    @property
    def results(self):
        """The results by campaign."""
        return {row["campaign_id"]: row["result"] for row in self.report["campaigns"]}

    @property
    def reasons(self):
        """The reasons by campaign."""
        return {row["campaign_id"]: row["reason"] for row in self.report["campaigns"]}


class Launchers:
    """Starts launchers in a folder, with a journal of their own there; `streams`: where they print to."""

    def __init__(self, folder, zygote, streams=None):
        self.folder = folder
        self.journal = folder / "journal.sqlite3"
        self._printed = streams or folder
        self._zygote = zygote
        self._all = []

    def start(self, *arguments, env=None, **order):
        """Start the command; forked from one that has imported everything already."""
        out, err = self._streams()
        order |= {"argv": [*map(str, arguments)], "env": self.environment(env), "cwd": str(self.folder)}
        pid = self._zygote.fork({**order, "stdout": str(out), "stderr": str(err)})
        return self._keep(Launched(pid, lambda: self._zygote.poll(pid), out, err))

    def start_anew(self, *arguments, env=None, script=("-m", "launcher"), **options):
        """Start the command with an interpreter of its own; `options` as for Popen."""
        out, err = self._streams()
        with out.open("wb") as stdout, err.open("wb") as stderr:
            options = {"stdout": stdout, "stderr": stderr, "stdin": subprocess.DEVNULL} | options
            command = [sys.executable, *map(str, script), *map(str, arguments)]
            process = subprocess.Popen(command, cwd=self.folder, env=self.environment(env), **options)
        return self._keep(Launched(process.pid, process.poll, out, err))

    def run(self, *arguments, **options):
        """Start the command and wait for its end."""
        return self.start(*arguments, **options).wait()

    def environment(self, changes=None):
        """What the command finds around itself."""
        own = {"LAUNCHER_JOURNAL": str(self.journal), "SECRET": SECRET, "NO_COLOR": "1"}
        return {**os.environ, **own, **(changes or {})}

    def end_all(self):
        for launched in self._all:
            if launched.send(signal.SIGKILL):
                launched.send(signal.SIGCONT)
                launched.wait()

    def _streams(self):
        number = len(self._all)
        paths = self._printed / f"out-{number}", self._printed / f"err-{number}"
        for path in paths:
            path.touch()
        return paths

    def _keep(self, launched):
        self._all.append(launched)
        return launched
