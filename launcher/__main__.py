"""`python -m launcher` and the console script `launcher`."""

import sys

from launcher.cli.main import run_command_line


def main() -> int:
    """Run the command line; the exit code."""
    return run_command_line(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
