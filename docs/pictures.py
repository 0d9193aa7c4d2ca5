"""Make the pictures of the README: run the demo and export what a terminal would show as SVG.

Usage: python docs/pictures.py
"""

import asyncio
import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

from launcher import build_plan, launch, load_manifest
from launcher.report.conclusion import Commands
from launcher.report.table import run_table
from launcher.sandbox.serve import totals_line

HERE = Path(__file__).parent
COMMAND = "launcher run campaigns.yaml.example --sandbox=demo"


def main() -> None:
    """Write docs/demo.svg."""
    plan = build_plan(load_manifest("campaigns.yaml.example"))
    report = asyncio.run(launch(plan, sandbox="demo"))
    with Path("/dev/null").open("w") as nowhere:
        console = Console(record=True, width=84, file=nowhere, force_terminal=True)
        console.print(Text("$ ", "dim") + Text(COMMAND, "bold"))
        console.print()
        commands = Commands(rerun="launcher run campaigns.yaml.example")
        console.print(run_table(report.summary, commands, rehearsal=True))
        if report.ledger is not None:
            console.print(totals_line(report.ledger))
    svg = console.export_svg(title="make demo")
    # The font would be fetched from elsewhere by whoever looks at the picture.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    (HERE / "demo.svg").write_text(svg)


if __name__ == "__main__":
    main()
