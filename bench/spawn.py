"""Run a command and print what it cost, as JSON: `python -I -S spawn.py SECONDS STDIN STDOUT COMMAND…`.

A small process of its own, because Linux counts the memory of whoever starts a command as the command's. The
command is killed after SECONDS.
"""

import json
import os
import signal
import sys
import time


def main() -> None:
    """Start, wait, print."""
    at_most, source, target, *command = sys.argv[1:]
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, source, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    killed = False

    def kill(*_: object) -> None:
        nonlocal killed
        killed = True
        os.kill(process, signal.SIGKILL)

    signal.signal(signal.SIGALRM, kill)
    began = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    signal.setitimer(signal.ITIMER_REAL, float(at_most))
    _, status, usage = os.wait4(process, 0)
    seconds = time.perf_counter() - began
    signal.setitimer(signal.ITIMER_REAL, 0)
    cost = {
        "seconds": seconds,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss / 1024,
        "code": os.waitstatus_to_exitcode(status),
        "killed": killed,
    }
    print(json.dumps(cost))


if __name__ == "__main__":
    main()
