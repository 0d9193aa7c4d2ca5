"""The command under a wall clock that jumps by CLOCK_JUMP seconds at SIGUSR1. A script of the tests.

Only `time.time` is told wrong: the monotonic clock of a machine does not jump.
"""

import os
import signal
import sys
import time

_right = time.time
_offset = 0.0


def _jump(_number, _frame):
    global _offset  # noqa: PLW0603 - a signal's handler has nowhere else to write
    _offset = float(os.environ["CLOCK_JUMP"])


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, _jump)
    time.time = lambda: _right() + _offset
    from launcher.__main__ import main

    sys.exit(main())
