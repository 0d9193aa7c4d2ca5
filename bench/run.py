"""Entry of `make bench`; `python bench/run.py --help` lists the options."""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])  # so that the modules here are `bench.…`
    from bench.main import main

    sys.exit(main())
