"""The command line of the benchmark."""

import argparse
import tempfile
from pathlib import Path

from bench.document import update
from bench.machine import describe, programs
from bench.sections import FULL, QUICK, Section, hold_section, job_section, load_section, raw_section

DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"
SECTIONS = {"a": raw_section, "b": job_section, "c": load_section, "d": hold_section}


def main() -> int:
    """Measure, print, write the document."""
    options = _parse()
    found = programs()
    missing = ", ".join(found.missing) or "none"
    print(f"Not on this machine, and so not measured: {missing}.", flush=True)
    with tempfile.TemporaryDirectory(prefix="launcher-bench-") as folder:
        machine = Section("\n".join(describe(found, Path(folder))))
        _tell("machine", machine, write=not options.quick)
        for work in options.only:
            section = SECTIONS[work](Path(folder), found, QUICK if options.quick else FULL)
            _tell(work, section, write=not options.quick)
    if options.quick:
        print(f"A quick run is too rough for {DOCUMENT.name}: it was left as it is.")
    return 0


def _tell(name: str, section: Section, *, write: bool) -> None:
    """Print it, and write it at once: a later work may fail."""
    print(f"\n{section.text}\n", flush=True)
    if not write:
        return
    folder = DOCUMENT.with_suffix("")
    folder.mkdir(exist_ok=True)
    for file, picture in section.pictures.items():
        (folder / file).write_text(picture)
    update(DOCUMENT, {name: section.text})


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench", description="Measure the launcher side by side with what one would use instead."
    )
    parser.add_argument(
        "--only",
        type=_works,
        default=list(SECTIONS),
        metavar="a,b,c,d",
        help="a: launches a second; b: accounts under a limit; c: loading and starting; d: many and long",
    )
    parser.add_argument("--quick", action="store_true", help="two minutes, rough, nothing is written")
    return parser.parse_args()


def _works(text: str) -> list[str]:
    works = text.split(",")
    if strange := [work for work in works if work not in SECTIONS]:
        raise argparse.ArgumentTypeError(f"no work {', '.join(strange)}; there are {', '.join(SECTIONS)}")
    return works
