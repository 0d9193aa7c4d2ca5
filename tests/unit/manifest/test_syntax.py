import errno
from hashlib import sha256
from io import BytesIO

import pytest
import yaml
from fakes.sources import source_of

from launcher.manifest.problems import Unreadable
from launcher.manifest.source import Source
from launcher.manifest.syntax import FAST_LOADER, events


@pytest.fixture(params=[FAST_LOADER, yaml.SafeLoader], ids=["libyaml", "pure"])
def loader(request):
    return request.param


def why(text, loader):
    with pytest.raises(Unreadable) as caught:
        list(events(source_of(text), loader))
    problem = caught.value
    assert problem.message.isprintable()
    return f"{problem.line}:{problem.column}: {problem.message}"


def test_libyaml_is_used_where_it_is_there():
    assert FAST_LOADER is yaml.CSafeLoader


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a:\n\t- b\n", "2:1", "a tab cannot indent"),
        ("a: @x\n", "1:4", "text cannot start with '@' here: put it in quotes"),
        ("a: `x\n", "1:4", "text cannot start with '`' here"),
        ("a: %x\n", "1:4", "text cannot start with '%' here"),
        ("a: b: c\n", "1:5", "a ':' too many, or wrong indentation"),
        ("a: b\n c: d\n", "2:3", "a ':' too many, or wrong indentation"),
        ("- a\nb: c\n", "2:1", "wrong indentation"),
        ("a: 'b' c\n", "1:8", "text behind a closing quote"),
        ("a: 'b\nc: d\n", "1:4", "a quote opened here is never closed"),
        ('a: "b\n', "1:4", "a quote opened here is never closed"),
        ("a: [1,\n2\n", "1:4", "a '[' opened here is never closed"),
        ("a: {b\n", "1:4", "a '{' opened here is never closed"),
        ("a: {b: ${C}}\n", "1:4", "put '${NAME}' in quotes: inside of { }"),
        ("a: {b: 1,\n  c: ${C}}\n", "1:4", "put '${NAME}' in quotes: inside of { }"),
        ("a: {b: '${C}', c: 'x' d}\n", "1:4", "a '{' opened here is never closed"),
        ("a: ]\n", "1:4", "a value is missing here"),
        ("a: *\n", None, "a name is missing behind '*' or '&'"),
        ('a: "\\q"\n', None, "unknown escape in double quotes"),
        ('a: "\\xzz"\n', None, "broken escape in double quotes"),
        ("a: |x\n", None, "not valid YAML"),
        ("a: !b!c d\n", "1:4", "a tag ('!…') is not allowed"),
    ],
)
def test_what_is_not_yaml_is_a_sentence_with_its_place(text, place, words, loader):
    message = why(text, loader)
    assert words in message
    assert place is None or message.startswith(place + ": ")


def test_bytes_that_are_not_text_are_found(loader):
    assert why(b"a: b\nc: \xff\n", loader) == "2:4: byte 0xff is not UTF-8: save the file as UTF-8"
    assert why(b"a: \x01\n", loader).startswith("1:4: control character U+0001")
    assert "binary" in why(b"a: b\0c\n", loader)


@pytest.mark.parametrize("text", ['a: "\\UFFFFFFFF"\n', f"%YAML 1.{'9' * 5000}\n---\na: b\n"])
def test_absurd_numbers_are_a_sentence(text, loader):
    assert why(text, loader)


def test_events_before_the_broken_place_are_given(loader):
    stream = events(source_of("a: b\nc: [\n"), loader)
    seen = [next(stream) for _ in range(5)]
    assert [getattr(one, "value", None) for one in seen[-2:]] == ["a", "b"]
    with pytest.raises(Unreadable):
        list(stream)


class BrokenDisk(BytesIO):
    """Gives a first piece, and no more."""

    def read(self, size=-1):
        if self.tell():
            raise OSError(errno.EIO, "no")
        return super().read(size)


def test_a_disk_that_fails_half_way_is_a_sentence(loader):
    source = Source("m.yaml", BrokenDisk(b"a: b\n" * 10_000), sha256())
    with pytest.raises(Unreadable, match="the file cannot be read: input/output error"):
        list(events(source, loader))
