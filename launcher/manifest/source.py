"""Bytes from a file, or a sentence why not."""

import codecs
import errno
import os
import re
from pathlib import Path

from launcher.manifest.problems import Unreadable, nearest, quote

MAX_BYTES = 256 * 1024 * 1024
"""A larger manifest is a mistake, or a device that never ends; long lists belong into CSV files."""

BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What YAML counts as the end of a line."""
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_manifest(name: str) -> bytes:
    """Read the whole file.

    Raises:
        Unreadable: it cannot be read, is empty, or too large.
    """
    if name == "-":
        raise Unreadable(
            1, 1, "a manifest is not read from standard input: name a file (./- for one called '-')"
        )
    try:
        with Path(name).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise Unreadable(1, 1, why_unreadable(name, error)) from None
    if len(data) > MAX_BYTES:
        raise Unreadable(1, 1, "the file is larger than 256 MiB: draw long lists in with 'from: file.csv'")
    if not data.strip():
        raise Unreadable(1, 1, "the file is empty: a manifest has version, accounts and campaigns")
    return data


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
