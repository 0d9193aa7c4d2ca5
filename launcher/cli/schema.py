"""`launcher schema`: the manifest's JSON Schema, for editors."""

import argparse
import json

from launcher.cli import options
from launcher.cli.exit_codes import ExitCode
from launcher.cli.output import say


def add_parser(verbs: options.Verbs) -> None:
    """Add the verb."""
    options.add_verb(
        verbs,
        "schema",
        schema,
        "print the manifest's JSON Schema, so that editors complete and check it",
        "example:\n  launcher schema > campaigns.schema.json\n"
        "  then, first line of the manifest: # yaml-language-server: $schema=campaigns.schema.json",
    )


def schema(_: argparse.Namespace) -> int:
    """Print the schema."""
    from launcher.manifest.schema import json_schema  # noqa: PLC0415  # only this verb needs it

    say(json.dumps(json_schema(), indent=2))
    return ExitCode.OK
