"""A process that has imported the command and forks one for every order: a start costs 20 ms, not 500.

Orders come in as lines of JSON over a socket; what is told back, too: `{"pid": …}` at once for each order in
turn, and `{"pid": …, "status": …}` when that process ends. It is a script of the tests and in nobody's import
path; `fault_process` runs it.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import resource
import select
import signal
import socket
import sys
from pathlib import Path

import killpoint

PRELOAD = (
    "launcher.cli.main",
    "launcher.cli.journal_reading",
    "launcher.emergency",
    "launcher.session",
    "launcher.rehearse",
    "launcher.kore.client",
    "launcher.manifest.load",
    "launcher.plan.build",
    "launcher.plan.live",
    "launcher.plan.saved",
    "launcher.report.event_log",
    "launcher.report.log",
    "launcher.report.progress",
    "launcher.report.table",
    "launcher.report.write",
    "launcher.journal.check",
    "launcher.sandbox.serve",
    "rich.console",
    "anyio._backends._asyncio",
)
CAPABILITIES = 0x20080522
"""Version 3 of the kernel's structure."""


def serve(control):
    """Carry out orders until the other side hangs up."""
    awake, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    waiting, children = b"", set()
    while True:
        ready, _, _ = select.select([control, awake], [], [])
        if awake in ready:
            os.read(awake, 4096)
            _reap(control, children)
        if control in ready:
            received = control.recv(1 << 16)
            if not received:
                break
            *orders, waiting = (waiting + received).split(b"\n")
            for order in orders:
                children.add(_fork(control, awake, wake, json.loads(order)))
    for pid in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _reap(control, children):
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        children.discard(pid)
        _tell(control, pid=pid, status=os.waitstatus_to_exitcode(status))


def _tell(control, **what):
    control.sendall(json.dumps(what).encode() + b"\n")


def _fork(control, awake, wake, order):
    pid = os.fork()
    if pid == 0:
        for descriptor in (awake, wake):
            os.close(descriptor)
        signal.set_wakeup_fd(-1)
        control.close()
        _become(order)
    _tell(control, pid=pid)
    return pid


def _become(order):
    """Be the command, as if started anew with this order's surroundings; never returns."""
    code = 70
    try:
        _furnish(order)
        killpoint.install(os.environ)
        from launcher.__main__ import main  # noqa: PLC0415  # in the child only

        code = main()
        sys.stdout.flush()
    except SystemExit as error:
        sys.stdout.flush()
        code = error.code if isinstance(error.code, int) else 1
    except KeyboardInterrupt:  # before the command could heed it
        code = 130
    finally:
        killpoint.uninstall()
        sys.stderr.flush()
        os._exit(code)


def _furnish(order):
    os.setsid()
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for descriptor, name, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, order["stdout"], os.O_WRONLY | os.O_CREAT),
        (2, order["stderr"], os.O_WRONLY | os.O_CREAT),
    ):
        opened = os.open(name, flags, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv = ["launcher", *order["argv"]]
    for name, limit in order.get("limits", {}).items():
        resource.setrlimit(getattr(resource, name), (limit, limit))
    if order.get("unprivileged"):
        drop_privileges()


def drop_privileges():
    """Obey the modes of files also as root."""

    class Header(ctypes.Structure):
        _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))

    class Data(ctypes.Structure):
        _fields_ = tuple((name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable"))

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capset(ctypes.byref(Header(CAPABILITIES, 0)), (Data * 2)()):
        raise OSError(ctypes.get_errno(), "capset")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    for each in PRELOAD:
        importlib.import_module(each)
    gc.collect()
    gc.freeze()
    serve(socket.socket(fileno=int(sys.argv[1])))
