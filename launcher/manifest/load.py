"""Reading a manifest: text to `Manifest`, or all of its problems at once."""

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from launcher.manifest.compose import Composer, Document
from launcher.manifest.context import Context
from launcher.manifest.entries import Draft, ListDraft, read_entry
from launcher.manifest.header import Header, read_header
from launcher.manifest.json_lines import SUFFIXES, JsonLines
from launcher.manifest.keys import MANIFEST
from launcher.manifest.lists import CampaignList
from launcher.manifest.model import CampaignEntry, Manifest, Position
from launcher.manifest.nodes import Node, Sequence
from launcher.manifest.problems import Problems, Unreadable, printable, quote
from launcher.manifest.resolve import Objection, Resolver
from launcher.manifest.source import open_manifest, why_unreadable
from launcher.manifest.syntax import events
from launcher.manifest.values import MAX_LABEL

_ENDING = re.compile(r"\.(ya?ml|json)\b.*", re.IGNORECASE | re.DOTALL)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")

T = TypeVar("T")
Take = Callable[[Manifest, Iterator[CampaignEntry]], T]
"""Is given the manifest but for its campaigns and checksum, and every campaign, one by one."""


def load_manifest(path: str | os.PathLike[str]) -> Manifest:
    """Read and check a manifest and the CSV files that it draws in. Secrets are not read.

    Raises:
        ManifestError: with every problem that was found, sorted by position.
    """
    manifest, campaigns = load_campaigns(path, lambda _, campaigns: tuple(campaigns))
    return replace(manifest, campaigns=campaigns)


def load_campaigns(path: str | os.PathLike[str], take: Take[T]) -> tuple[Manifest, T]:
    """As `load_manifest`, for what needs each campaign once: the manifest without them, and what `take` made.

    Raises:
        ManifestError: as above; what `take` made is dropped.
    """
    name = os.fsdecode(path)
    problems = Problems()
    loading = _Loading(name, problems)
    try:
        loaded = loading.load(take)
    except Unreadable as stop:
        problems.add(Position(loading.context.file, stop.line, stop.column), stop.message)
        raise problems.error() from None
    if problems:
        raise problems.error()
    return loaded


class _Loading:
    """One reading of one manifest."""

    def __init__(self, name: str, problems: Problems) -> None:
        self._name = name
        self._problems = problems
        self._digest = hashlib.sha256()
        self._drafts: list[Draft | ListDraft] = []
        self.context = Context(printable(name), Path(name).parent, problems)
        problems.rank(self.context.file)

    def load(self, take: Take[T]) -> tuple[Manifest, T]:
        """The manifest without its campaigns, and what was made of them; no good when problems were noted."""
        with open_manifest(self._name, self._digest) as source:
            composer = Composer(events(source), self.context.file, self._problems)
            document = composer.document(self._on_campaign)
        header = self._header(document)
        manifest = Manifest(
            header.name or _default_name(self._name),
            self._name,
            "",
            header.settings,
            {name: account for name, account in (header.accounts or {}).items() if account is not None},
            {name: bot for name, bot in (header.bots or {}).items() if bot is not None},
            (),
            header.expect,
        )
        resolver = Resolver(header, self._problems)
        taken = take(manifest, self._campaigns(header, resolver))
        resolver.complain_of_repeats()
        return replace(manifest, sha256=self._digest.hexdigest()), taken

    def _on_campaign(self, index: int, node: Node) -> None:
        draft = read_entry(index, node, self.context)
        if draft is not None:
            self._drafts.append(draft)

    def _header(self, document: Document) -> Header:
        record = MANIFEST.record(document.root, "", self.context)
        campaigns = record.at("campaigns")
        if isinstance(campaigns, Sequence) and not document.campaigns:
            self.context.complain(
                campaigns, "campaigns: is empty; list a campaign, or draw a list in with 'from'"
            )
        return read_header(record, self.context)

    def _campaigns(self, header: Header, resolver: Resolver) -> Iterator[CampaignEntry]:
        lists: dict[Path, ListDraft] = {}
        self._drafts.reverse()
        while self._drafts:  # popped, so that a draft goes when its campaign comes
            draft = self._drafts.pop()
            if isinstance(draft, ListDraft):
                yield from self._listed(draft, header, resolver, lists)
            elif (entry := self._resolved(draft, resolver)) is not None:
                yield entry

    def _resolved(self, draft: Draft, resolver: Resolver) -> CampaignEntry | None:
        position = Position(self.context.file, draft.line, draft.column)
        try:
            return resolver.entry(draft, position)
        except Objection as objection:
            if objection.key is not None:
                position = Position(self.context.file, draft.line + draft.below, draft.naming_column)
            self._problems.add(position, objection.message)
        return None

    def _listed(
        self, draft: ListDraft, header: Header, resolver: Resolver, lists: dict[Path, ListDraft]
    ) -> Iterator[CampaignEntry]:
        path = self.context.directory / os.path.expanduser(draft.path)  # noqa: PTH111 - Path's raises without a home
        first = lists.setdefault(path, draft)
        position = Position(self.context.file, draft.line, draft.column)
        if first is not draft:
            self._problems.add(position, f"{quote(draft.path)} is drawn in twice; first in line {first.line}")
            return
        kind = JsonLines if path.suffix.lower() in SUFFIXES else CampaignList
        campaigns = kind(path, printable(str(path)), resolver, self._problems)
        try:
            yield from campaigns.entries(self._digest, header.defaults is None or "bot" in header.defaults)
        except OSError as error:
            self._problems.add(position, f"{quote(draft.path)}: {why_unreadable(str(path), error)}")


def _default_name(path: str) -> str:
    stem = _UNSAFE.sub("-", _ENDING.sub("", Path(path).name)).strip("-._")
    return stem[:MAX_LABEL] or "manifest"
