"""`python -m launcher` and the console script `launcher`."""

import sys


def main() -> int:
    """Run the command line; the exit code."""
    try:
        from launcher.cli.main import run_command_line  # noqa: PLC0415  # Ctrl-C while it is imported, too

        return run_command_line(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("launcher: interrupted\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
