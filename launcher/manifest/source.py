"""Bytes from a file, or a sentence why not."""

import codecs
import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO, Protocol

from launcher.manifest.problems import Unreadable, nearest, quote

MAX_BYTES = 256 * 1024 * 1024
"""A larger manifest is a mistake, or a device that never ends; long lists belong into CSV files."""

BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What YAML counts as the end of a line."""
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PIECE = 64 * 1024


class Digest(Protocol):
    """A running checksum."""

    def update(self, data: bytes, /) -> None:
        """Take more bytes in."""


class Source:
    """The text of a manifest, read a piece at a time: all of it could take half the room of its plan."""

    def __init__(self, name: str, file: BinaryIO, digest: Digest) -> None:
        self._name = name
        self._file = file
        self._digest = digest

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes as they are, up to `size` of them; none at the end."""
        with _told(self._name):
            data = self._file.read(size)
        self._digest.update(data)
        return data

    def whole(self) -> bytes:
        """All of it as UTF-8, to find out what is wrong with it.

        Raises:
            Unreadable: it is UTF-16 that cannot be decoded.
        """
        with _told(self._name):
            self._file.seek(0)
            return utf8(self._file.read())


@contextmanager
def open_manifest(name: str, digest: Digest) -> Iterator[Source]:
    """Open the file; `digest` takes in what is read of it.

    Raises:
        Unreadable: it cannot be read, is empty, too large, or was written to while it was open.
    """
    if name == "-":
        raise Unreadable(
            1, 1, "a manifest is not read from standard input: name a file (./- for one called '-')"
        )
    with _told(name):
        opened = Path(name).open("rb")  # noqa: SIM115 - closed below; a sentence for what goes wrong here only
    with opened:
        stays = S_ISREG(os.fstat(opened.fileno()).st_mode)
        before = _stamp(opened)
        with _told(name):
            file = opened if stays else BytesIO(opened.read(MAX_BYTES + 1))  # a pipe gives its bytes once
            _check(file)
        yield Source(name, file, digest)
        if stays and _stamp(opened) != before:
            raise Unreadable(1, 1, "the file was written to while it was read: try again")


def _stamp(file: BinaryIO) -> tuple[int, int]:
    found = os.fstat(file.fileno())
    return found.st_size, found.st_mtime_ns


def _check(file: BinaryIO) -> None:
    if file.seek(0, os.SEEK_END) > MAX_BYTES:
        raise Unreadable(1, 1, "the file is larger than 256 MiB: draw long lists in with 'from: file.csv'")
    file.seek(0)
    if file.read(2) in _UTF16:
        file.seek(0)
        utf8(file.read())
    file.seek(0)
    while not (piece := file.read(_PIECE)).strip():
        if not piece:
            raise Unreadable(1, 1, "the file is empty: a manifest has version, accounts and campaigns")
    file.seek(0)


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Say in a sentence what the system says of a file."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise Unreadable(1, 1, why_unreadable(name, error)) from None


def why_unreadable(name: str, error: OSError | ValueError) -> str:
    """The sentence for a file that cannot be opened or read."""
    code = error.errno if isinstance(error, OSError) else None
    if code == errno.ENOENT:
        return "the file does not exist" + _neighbour(Path(name))
    if code == errno.EISDIR:
        return "this is a directory: name a file in it"
    if code in (errno.EACCES, errno.EPERM):
        return "the file cannot be read: permission denied"
    return f"the file cannot be read: {os.strerror(code).lower() if code else 'its name is not valid'}"


def _neighbour(path: Path) -> str:
    try:
        names = sorted(os.listdir(path.parent))  # noqa: PTH208 - names are what is compared
    except OSError:
        return f": neither does the directory {quote(str(path.parent))}"
    # Without the suffixes: what all manifests have in common would make any two names alike.
    stems = {Path(name).stem: name for name in reversed(names) if _same_kind(Path(name), path)}
    near = nearest(path.stem, stems)
    return f"; did you mean {quote(stems[near])}?" if near else ""


_YAML = frozenset({".yaml", ".yml"})


def _same_kind(there: Path, wanted: Path) -> bool:
    """Whether a file may be the one that was meant: of the same suffix, or of the same name but for it."""
    suffixes = {there.suffix.lower(), wanted.suffix.lower()}
    return (
        len(suffixes) == 1
        or suffixes == _YAML
        or there.stem.lower() in (wanted.stem.lower(), wanted.name.lower())
    )


def utf8(data: bytes) -> bytes:
    """The manifest's bytes as UTF-8; UTF-16 is known by its byte order mark.

    Raises:
        Unreadable: it is UTF-16 that cannot be decoded.
    """
    if not data.startswith(_UTF16):
        return data
    try:
        return data.decode("utf-16").encode()
    except UnicodeError:
        raise Unreadable(1, 1, "the file is not valid UTF-16: save it as UTF-8") from None


def why_not_text(data: bytes) -> Unreadable:
    """Find what makes these bytes unfit to be a manifest: not UTF-8, or a control character."""
    text, message = _decoded(data)
    if "\0" in text:
        message = "the file is binary, not a manifest"
        line, column = place(text, text.index("\0"))
    elif control := _CONTROL.search(text):
        message = f"control character U+{ord(control[0]):04X}: remove it"
        line, column = place(text, control.start())
    else:
        line, column = place(text, len(text))
    return Unreadable(line, column, message)


def _decoded(data: bytes) -> tuple[str, str]:
    try:
        return data.decode("utf-8"), "the file cannot be read as YAML"
    except UnicodeDecodeError as error:
        message = f"byte 0x{data[error.start]:02x} is not UTF-8: save the file as UTF-8"
        return data[: error.start].decode("utf-8"), message


def place(text: str, index: int) -> tuple[int, int]:
    """Line and column, from 1, of a character; what YAML calls a line break ends a line."""
    line, start = 1, 0
    for found in BREAK.finditer(text, 0, index):
        line, start = line + 1, found.end()
    return line, index - start + 1


def clamp(data: bytes, line: int, column: int) -> tuple[int, int]:
    """The nearest place inside the text: what ends too early is noticed behind its last line."""
    lines = BREAK.split(data.decode("utf-8", "replace"))
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    if line > len(lines):
        return len(lines), len(lines[-1]) + 1
    return line, min(column, len(lines[line - 1]) + 1)
