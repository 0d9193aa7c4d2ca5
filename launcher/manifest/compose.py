"""YAML events to positioned nodes; campaigns are handed over one by one and forgotten."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from yaml import events as ev

from launcher.manifest.model import Position
from launcher.manifest.nodes import Mapping, Node, Pair, Scalar, Sequence, is_nothing
from launcher.manifest.problems import Problems, Unreadable, quote

MAX_DEPTH = 20
"""A manifest needs five levels; the limit keeps a file of brackets from costing anything."""

MAX_MERGED_SOURCES = 16
MAX_MERGED_KEYS = 100
"""Together they keep the work of merges in proportion to the file."""

STREAMED = "campaigns"
"""The key whose list may be far longer than memory should hold."""

_MERGE = "<<"
_HARMLESS_TAGS = {"!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}

OnCampaign = Callable[[int, Node], None]

Event = Any
"""An event of PyYAML; its stubs know neither tags nor marks that are there."""


class Document(NamedTuple):
    """A manifest's root; the campaigns went to the callback."""

    root: Mapping
    campaigns: int
    """How many there were."""


class Composer:
    """Builds nodes from one stream of events.

    An alias gives the node it names, never a copy of what is in it, so no file unfolds to more than its size.
    """

    def __init__(self, events: Iterator[Event], file: str, problems: Problems) -> None:
        self._events = events
        self._file = file
        self._problems = problems
        self._anchors: dict[str, Node] = {}
        self._campaigns = 0

    def document(self, on_campaign: OnCampaign) -> Document:
        """Read the one document of the stream.

        Raises:
            Unreadable: it is not YAML, is not one mapping, or nests too deep.
        """
        first = self._skip(ev.StreamStartEvent, ev.DocumentStartEvent)
        if isinstance(first, ev.StreamEndEvent):
            raise Unreadable(
                1, 1, "the file holds only comments: a manifest has version, accounts and campaigns"
            )
        if not isinstance(first, ev.MappingStartEvent):
            nothing = isinstance(first, ev.ScalarEvent) and not first.value
            place = (1, 1) if nothing else _place(first)
            raise Unreadable(*place, "a manifest is a mapping with version, accounts and campaigns")
        root = self._mapping(first, 1, on_campaign)
        last = self._skip(ev.DocumentEndEvent)
        if not isinstance(last, ev.StreamEndEvent):
            raise Unreadable(*_place(last), "a second document starts here: a manifest is one document")
        self._hand_over_unstreamed(root, on_campaign)
        return Document(root, self._campaigns)

    def _skip(self, *kinds: type[ev.Event]) -> Event:
        event = next(self._events)
        while isinstance(event, kinds):
            event = next(self._events)
        return event

    def _hand_over_unstreamed(self, root: Mapping, on_campaign: OnCampaign) -> None:
        # An alias or a merge brings the list as a whole; one that was streamed is empty here.
        pair = root.pairs.get(STREAMED)
        if pair is not None and isinstance(pair.value, Sequence):
            for node in pair.value.items:
                on_campaign(self._campaigns, node)
                self._campaigns += 1

    def _node(self, event: Event, depth: int) -> Node:
        if isinstance(event, ev.AliasEvent):
            return self._aliased(event)
        if event.tag is not None and event.tag not in _HARMLESS_TAGS:
            message = f"tag {quote(event.tag)} is not allowed: a manifest holds plain values only"
            self._complain(*_place(event), message)
        node: Node
        if isinstance(event, ev.ScalarEvent):
            node = Scalar(event.value, *_place(event), not event.style)
        elif isinstance(event, ev.MappingStartEvent):
            node = self._mapping(event, depth)
        else:
            node = self._sequence(event, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _aliased(self, event: Event) -> Node:
        line, column = _place(event)
        node = self._anchors.get(event.anchor)
        if node is None:
            name = event.anchor
            raise Unreadable(
                line, column, f"unknown alias '*{name}': its anchor '&{name}' must end before it"
            )
        return node._replace(line=line, column=column)

    def _sequence(self, start: Event, depth: int) -> Sequence:
        _check_depth(start, depth)
        items = []
        while not isinstance(event := next(self._events), ev.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return Sequence(items, *_place(start))

    def _mapping(self, start: Event, depth: int, on_campaign: OnCampaign | None = None) -> Mapping:
        _check_depth(start, depth)
        pairs: dict[str, Pair] = {}
        duplicates: list[Scalar] = []
        while not isinstance(event := next(self._events), ev.MappingEndEvent):
            key = self._key(event, depth)
            event = next(self._events)
            if key.text in pairs:
                duplicates.append(key)
                self._node(event, depth + 1)
            elif on_campaign is not None and _can_stream(key, event):
                pairs[key.text] = Pair(key, self._stream(event, on_campaign))
            else:
                pairs[key.text] = Pair(key, _placed(self._node(event, depth + 1), key))
        if _MERGE in pairs and pairs[_MERGE].key.plain:
            self._merge(pairs)
        return Mapping(pairs, *_place(start), tuple(duplicates))

    def _key(self, event: Event, depth: int) -> Scalar:
        node = self._node(event, depth + 1)
        if isinstance(node, Scalar):
            return node
        message = "a key must be text: put text that starts with '{' or '[' in quotes"
        raise Unreadable(node.line, node.column, message)

    def _stream(self, start: Event, on_campaign: OnCampaign) -> Sequence:
        while not isinstance(event := next(self._events), ev.SequenceEndEvent):
            on_campaign(self._campaigns, self._node(event, 3))
            self._campaigns += 1
        return Sequence([], *_place(start))

    def _merge(self, pairs: dict[str, Pair]) -> None:
        value = pairs.pop(_MERGE).value
        sources = value.items if isinstance(value, Sequence) else [value]
        mappings = [source for source in sources if isinstance(source, Mapping)]
        if len(mappings) < len(sources):
            message = "'<<' merges mappings only: write '<<: *name'"
        elif len(sources) > MAX_MERGED_SOURCES or any(len(one.pairs) > MAX_MERGED_KEYS for one in mappings):
            message = f"'<<' merges up to {MAX_MERGED_SOURCES} mappings of up to {MAX_MERGED_KEYS} keys"
        else:
            for source in mappings:
                for name, pair in source.pairs.items():
                    pairs.setdefault(name, pair)
            return
        self._complain(value.line, value.column, message)

    def _complain(self, line: int, column: int, message: str) -> None:
        self._problems.add(Position(self._file, line, column), message)


def _placed(value: Node, key: Scalar) -> Node:
    # Nothing has no place of its own: YAML says where the next thing is, perhaps behind the end of the file.
    return key._replace(text="", plain=True) if is_nothing(value) else value


def _can_stream(key: Scalar, event: Event) -> bool:
    return key.text == STREAMED and isinstance(event, ev.SequenceStartEvent) and event.anchor is None


def _check_depth(event: Event, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Unreadable(*_place(event), f"nested deeper than {MAX_DEPTH} levels: a manifest needs five")


def _place(event: Event) -> tuple[int, int]:
    mark = event.start_mark
    return mark.line + 1, mark.column + 1
