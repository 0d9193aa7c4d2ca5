import errno
import hashlib
import os

import pytest

from launcher.manifest.problems import Unreadable
from launcher.manifest.source import (
    MAX_BYTES,
    clamp,
    open_manifest,
    place,
    utf8,
    why_not_text,
    why_unreadable,
)


def read(name):
    """All that a parser reads of the file, after a look at the checksum of it."""
    digest = hashlib.sha256()
    with open_manifest(str(name), digest) as source:
        data = b"".join(iter(lambda: source.read(7), b""))
    assert digest.digest() == hashlib.sha256(data).digest()
    return data


def why(name):
    with pytest.raises(Unreadable) as caught:
        read(name)
    assert (caught.value.line, caught.value.column) == (1, 1)
    return caught.value.message


def test_a_file_is_read_as_it_is(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_bytes(b"version: 1\r\n")
    assert read(path) == b"version: 1\r\n"


def test_a_pipe_is_read_too():
    reader, writer = os.pipe()
    os.write(writer, b"version: 1\n")
    os.close(writer)
    assert read(f"/dev/fd/{reader}") == b"version: 1\n"
    os.close(reader)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_what_was_read_can_be_looked_at_again_as_a_whole(tmp_path, encoding):
    path = tmp_path / "m.yaml"
    path.write_bytes("name: ä\n".encode(encoding))
    with open_manifest(str(path), hashlib.sha256()) as source:
        assert source.read(3) == "name: ä\n".encode(encoding)[:3]
        assert source.whole() == "name: ä\n".encode()


def test_a_file_that_is_written_to_meanwhile_is_told(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text("version: 1\n")
    with (
        pytest.raises(Unreadable, match="was written to while it was read: try again"),
        open_manifest(str(path), hashlib.sha256()),
    ):
        path.write_text("version: 1\nname: other\n")


def test_utf16_that_is_broken_is_told_before_anything_is_read(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_bytes("a: b".encode("utf-16") + b"\xd8")
    assert why(path) == "the file is not valid UTF-16: save it as UTF-8"


def test_a_missing_file_is_told_with_its_neighbour(tmp_path):
    (tmp_path / "campaigns.yaml").touch()
    assert why(tmp_path / "campaign.yml") == "the file does not exist; did you mean 'campaigns.yaml'?"
    assert why(tmp_path / "campaigns") == "the file does not exist; did you mean 'campaigns.yaml'?"
    assert why(tmp_path / "zzz") == "the file does not exist"


def test_what_only_the_suffix_makes_alike_is_no_neighbour(tmp_path):
    for name in ("w.yaml", "ne.csv", "m.json"):
        (tmp_path / name).touch()
    assert why(tmp_path / "nope.yaml") == "the file does not exist"
    assert why(tmp_path / "nee.yaml") == "the file does not exist", "a list is no manifest"
    assert why(tmp_path / "ww.yaml").endswith("did you mean 'w.yaml'?")


def test_a_missing_directory_is_told(tmp_path):
    assert why(tmp_path / "no" / "m.yaml").startswith("the file does not exist: neither does the directory")


def test_a_directory_is_told(tmp_path):
    assert why(tmp_path) == "this is a directory: name a file in it"


def test_a_file_that_cannot_be_read_is_told():
    # Root may read everything, but nobody reads the start of an address space.
    assert why("/proc/self/mem").startswith("the file cannot be read: ")


def test_a_file_that_is_forbidden_is_told():
    # Said directly, as no file is forbidden where tests run as root.
    for code in (errno.EACCES, errno.EPERM):
        message = why_unreadable("m.yaml", OSError(code, "no"))
        assert message == "the file cannot be read: permission denied"


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000])
def test_an_impossible_name_is_told(name):
    assert why(name).startswith("the file cannot be read: ")


def test_standard_input_is_refused():
    assert "standard input" in why("-")


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_an_empty_file_is_told(tmp_path, content):
    path = tmp_path / "m.yaml"
    path.write_bytes(content)
    assert why(path).startswith("the file is empty")


def test_a_file_without_end_is_not_read_to_it(tmp_path):
    path = tmp_path / "m.yaml"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)  # sparse: takes no room on the disk
    assert why(path).startswith("the file is larger than 256 MiB")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8"])
def test_text_becomes_utf8(encoding):
    assert utf8("name: ä😀\n".encode(encoding)) == "name: ä😀\n".encode()


def test_broken_utf16_is_told():
    with pytest.raises(Unreadable, match="not valid UTF-16"):
        utf8("a".encode("utf-16") + b"\xd8")


@pytest.mark.parametrize(
    ("data", "line", "column", "words"),
    [
        (b"a: b\nc: \xff", 2, 4, "byte 0xff is not UTF-8"),
        ("ä: ".encode() + b"\xe9", 1, 4, "byte 0xe9 is not UTF-8"),
        (b"a: b\r\nc: \x07", 2, 4, "control character U+0007"),
        ("a: \ufffe".encode(), 1, 4, "control character U+FFFE"),
        (b"\x7fELF\0\xff", 1, 5, "the file is binary"),
        (b"a: b", 1, 5, "cannot be read as YAML"),
    ],
)
def test_what_is_not_text_is_found(data, line, column, words):
    problem = why_not_text(data)
    assert (problem.line, problem.column) == (line, column)
    assert words in problem.message


def test_places_count_lines_as_yaml_does():
    text = "a\r\nb\rc\u2028d\x85e"
    assert [place(text, text.index(char)) for char in "abcde"] == [(1, 1), (2, 1), (3, 1), (4, 1), (5, 1)]


@pytest.mark.parametrize(
    ("data", "given", "inside"),
    [
        (b"a: [1", (1, 6), (1, 6)),
        (b"a: [1\n", (2, 1), (1, 6)),
        (b"a: [1\n\n\n", (4, 1), (1, 6)),
        (b"a: [1", (2, 1), (1, 6)),
        (b"a\nbc\n", (1, 9), (1, 2)),
    ],
)
def test_a_place_behind_the_text_is_moved_into_it(data, given, inside):
    assert clamp(data, *given) == inside
