"""The kinds of scalars that the keys are declared with."""

from functools import partial
from typing import Any

from launcher.manifest import hosts, values, windows
from launcher.manifest.context import JsonSchema
from launcher.manifest.scalars import ListOf, OneOrMore, OrWord, SomeOf, Text
from launcher.manifest.values import NEVER


def _text(pattern: str | None = None, most: int | None = None) -> JsonSchema:
    # Numbers are text, too: an unquoted id such as 0123 is taken as it is written.
    schema: JsonSchema = {"type": ["string", "number"]}
    if pattern is not None:
        schema["pattern"] = f"^({pattern})$"
    if most is not None:
        schema |= {"minLength": 1, "maxLength": most}
    return schema


def duration(low: str, high: str) -> Text:
    """A duration from low to high, both as written."""
    json = {"type": "string", "pattern": f"^{values.DURATION_PATTERN}$"}
    return Text("duration", partial(values.duration, low=low, high=high), json)


def count(low: int, high: int) -> Text:
    """A whole number from low to high."""
    json = {"type": "integer", "minimum": low, "maximum": high}
    return Text(f"number, {low} to {high}", partial(values.whole_number, low=low, high=high), json)


def one_of(*words: str) -> Text:
    """One of a few words."""
    about = " or ".join(f"`{word}`" for word in words)
    return Text(about, partial(values.choice, choices={word: word for word in words}), {"enum": list(words)})


def or_never(kind: Text) -> Text:
    """The kind, or `never`, which becomes None."""

    def parse(text: str) -> Any:
        if text == NEVER:
            return None
        try:
            return kind.parse(text)
        except values.Complaint as complaint:
            told = str(complaint)
            if values.means_never(text):
                raise values.Complaint(f"{told}; did you mean '{NEVER}'?") from None
            raise values.Complaint(told.replace(", got ", f", or '{NEVER}', got ", 1)) from None

    return Text(f"{kind.about}, or `never`", parse, {"anyOf": [kind.json, {"const": NEVER}]})


STATE = one_of("Ready", "Stopped", "Completed", "Paused", "Active", "Preparing", "Scheduled", "Rescheduled")
STATES = ListOf(STATE, lambda text: (STATE.parse(text),))
VERSION = Text("`1`", values.version, {"const": 1})
FLAG = Text("`true` or `false`", values.flag, {"type": "boolean"})
ID = Text("id", values.identifier, _text(values.ID_PATTERN))
LABEL = Text("name", values.label, _text(r"[^\s,;]+", values.MAX_LABEL))
TAGS = ListOf(Text("names", values.label, _text(r"[^\s,;]+", values.MAX_LABEL)), values.labels)
TITLE = Text("text", values.title, _text(most=values.MAX_TEXT))
CLAIM = Text("text", values.claim, _text(most=values.MAX_ID))
RUN_NAME = Text("name", values.run_name, _text(values.RUN_NAME_PATTERN))
PATH = Text("path", values.file_path, {"type": "string", "minLength": 1})
HOST = Text("URL", hosts.host, {"type": "string", "pattern": r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s@?#%\\]+$"})
QUOTA = Text("requests per time", values.quota, {"type": "string", "pattern": f"^{values.QUOTA_PATTERN}$"})
WINDOWS = SomeOf(
    Text("send windows", windows.window, {"type": "string", "pattern": f"^{windows.PATTERN}$"}),
    windows.windows,
)
HOLIDAYS = ListOf(
    Text("dates and countries", windows.holiday, {"type": "string"}), lambda text: (windows.holiday(text),)
)
AUTO = "auto"
BUDGET = OrWord(OneOrMore(QUOTA, 8), AUTO)
HEADROOM = Text("percentage", values.headroom, {"type": "string", "pattern": f"^{values.PERCENT_PATTERN}$"})
BACKOFF = Text("two durations", values.backoff, {"type": "string", "pattern": f"^{values.BACKOFF_PATTERN}$"})
FAILURES = Text(
    "number of launches, or a percentage of the plan",
    values.threshold,
    {"anyOf": [count(1, 1_000_000).json, {"type": "string", "pattern": f"^{values.PERCENT_PATTERN}$"}]},
)
WAVES = ListOf(
    Text("sizes", values.wave, {"anyOf": [FAILURES.json, {"const": "rest"}]}),
    lambda text: (values.wave(text),),
)
LAUNCHES = Text("number of launches", values.threshold_count, count(1, 1_000_000).json)
