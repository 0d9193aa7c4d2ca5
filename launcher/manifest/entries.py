"""Campaigns as they are read, before the names they use are known: accounts may stand behind them."""

from sys import intern
from typing import Any, NamedTuple

from launcher.manifest.context import Context
from launcher.manifest.keys import CAMPAIGN, EITHER, LIST
from launcher.manifest.model import Window
from launcher.manifest.nodes import Mapping, Node
from launcher.manifest.tables import Record

NAMING = ("bot", "account", "stream")


class Draft(NamedTuple):
    """One campaign, names not yet resolved; small, as there are many."""

    bot: str | None
    account: str | None
    stream: str | None
    campaign: str | None
    """None when something about the entry is wrong and was noted; its names are checked all the same."""
    channel: str | None
    name: str | None
    tags: tuple[str, ...]
    line: int
    column: int
    below: int = 0
    """Lines from there to where the bot or the account stands, if one does."""
    naming_column: int = 0
    window: tuple[Window, ...] = ()


class ListDraft(NamedTuple):
    """A file to draw campaigns from."""

    path: str
    line: int
    column: int


def read_entry(index: int, node: Node, context: Context) -> Draft | ListDraft | None:
    """One item of `campaigns`; None when nothing useful is left of it."""
    path = f"campaigns[{index}]"
    if isinstance(node, Mapping) and "from" in node.pairs:
        listed = LIST.read(node, path, context)
        if listed is None or "from" not in listed.values:
            return None
        at = listed.at("from")
        return ListDraft(listed.values["from"], at.line, at.column)
    return _read_campaign(node, path, context)


def _read_campaign(node: Node, path: str, context: Context) -> Draft | None:
    record = CAMPAIGN.read(node, path, context)
    if record is None:
        return None
    values = record.values
    ok = record.ok
    if clash := contradiction(values):
        context.complain(record.key(clash), f"{path}: {clash} beside bot: give {EITHER}")
        return None
    if not ok and not _can_be_resolved(record):
        return None
    at = record.at("bot" if "bot" in values else "account")
    return make_draft(values, ok, (node.line, node.column), (at.line, at.column))


def _can_be_resolved(record: Record) -> bool:
    """Whether an entry with a mistake still says where its campaign is, so that its names are checked."""
    pairs, values = record.node.pairs, record.values
    if not names_something(values) or any(key in pairs and key not in values for key in NAMING):
        return False
    # What seems to be missing may be meant by a key that nobody knows.
    return not record.unknown or "bot" in values or "account" in values


def contradiction(values: dict[str, Any]) -> str | None:
    """The key that says again, or otherwise, what the bot says."""
    if "bot" not in values:
        return None
    return next((key for key in ("account", "stream") if key in values), None)


def names_something(values: dict[str, Any]) -> bool:
    """Whether the entry itself says where its campaign is."""
    return "bot" in values or "stream" in values


def make_draft(values: dict[str, Any], ok: bool, place: tuple[int, int], naming: tuple[int, int]) -> Draft:
    """A draft from what was read of an entry."""
    get, stream = values.get, values.get("stream")
    return Draft(
        get("bot"),
        get("account"),
        intern(stream) if stream is not None else None,  # one text for the thousands of its campaigns
        get("campaign") if ok else None,
        get("channel"),
        get("name"),
        get("tags", ()),
        *place,
        naming[0] - place[0],
        naming[1],
        get("window", ()),
    )
