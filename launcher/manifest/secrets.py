"""Secrets: named in the manifest, read when first needed, never shown.

A `Secret` knows where its text comes from and tells that to anybody; the text itself comes out of
`reveal()` only. `load_manifest` reads none of them.
"""

import os
import signal
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

from launcher.errors import SecretError

MAX_BYTES = 65536
"""More than this is no secret but a wrong file, or a command that never ends."""

COMMAND_SECONDS = 30.0


class Reference(Protocol):
    """Where the text of a secret comes from."""

    def __str__(self) -> str:
        """What an operator recognises it by; never the text."""

    def read(self) -> str:
        """Read the text.

        Raises:
            SecretError: it cannot be read; says what and what to do, never the content.
        """


@dataclass(frozen=True, slots=True)
class Environment:
    """`${NAME}`: an environment variable."""

    variable: str

    def __str__(self) -> str:
        return "${" + self.variable + "}"

    def read(self) -> str:
        """Read the variable as it is; raises SecretError when it is not set."""
        text = os.environ.get(self.variable)
        if text is None:
            raise SecretError(f"environment variable {self.variable} is not set; export it before the run")
        if not text.strip():
            raise SecretError(f"environment variable {self.variable} is set, but empty; export the secret")
        return text


@dataclass(frozen=True, slots=True)
class SecretFile:
    """`{file: path}`: a file; one newline at its end does not belong to the secret."""

    path: Path

    def __str__(self) -> str:
        return f"file {str(self.path)!r}"

    def read(self) -> str:
        """Read the file; raises SecretError when it cannot be read."""
        raw, trouble = _read_file(self.path)
        if trouble is not None:
            raise SecretError(f"{self} cannot be read: {trouble}; check the path and its permissions")
        return _text(raw, self)


@dataclass(frozen=True, slots=True)
class SecretCommand:
    """`{command: [argv…]}`: what a program prints; no shell, no standard input, its stderr is dropped."""

    argv: tuple[str, ...]
    directory: Path
    """Where it runs: the manifest's directory, as relative paths are relative to it."""
    timeout: float = COMMAND_SECONDS
    """Seconds after which it is killed."""

    def __str__(self) -> str:
        # Only the program: arguments of secret managers can be secrets themselves.
        return f"command {self.argv[0]!r}"

    def read(self) -> str:
        """Run the command; raises SecretError when it cannot be run, fails, or takes too long."""
        raw, trouble = _run(self)
        if trouble is not None:
            raise SecretError(f"{self} {trouble}; {self._advice()}")
        if not raw.strip():
            raise SecretError(f"{self} ended well, but printed nothing; {self._advice()}")
        return _text(raw, self)

    def _advice(self) -> str:
        return f"run it by hand in {str(self.directory)!r} to see why"


class Inline:
    """A literal in the manifest, allowed by `allow_inline_secrets`; equal to itself only."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return "written in the manifest"

    __repr__ = __str__

    def __getstate__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled")

    def read(self) -> str:
        """The literal."""
        return self._text


class Secret:
    """A text that only `reveal()` shows: not repr, str, format, pickle, copy or an exception.

    Equal to another when the reference is the same; the content plays no part.
    """

    __slots__ = ("_key", "_reference", "_text")

    def __init__(self, reference: Reference, key: str = "client_secret") -> None:
        self._reference = reference
        self._key = key
        self._text: str | None = None

    @property
    def inline(self) -> bool:
        """Whether the manifest holds the text itself."""
        return isinstance(self._reference, Inline)

    def reveal(self) -> str:
        """The text, read on first use and kept; may block (a command for up to 30 s).

        Raises:
            SecretError: it cannot be read, or is empty; one line that names the key and the reference.
        """
        if self._text is None:
            self._text = self._read()
        return self._text

    def _read(self) -> str:
        try:
            text = self._reference.read()
            trouble = _unfit(text, self._reference)
        except SecretError as error:
            text, trouble = "", str(error)
        if not trouble:
            return text
        # Raised outside the except block and without locals that hold the text: a traceback shows both.
        del text
        raise SecretError(f"{self._key}: {trouble}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._reference == other._reference

    def __hash__(self) -> int:
        return hash((Secret, self._reference))

    def __repr__(self) -> str:
        return f"Secret({self._reference})"

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: object) -> "Secret":
        return self

    def __getstate__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret cannot be pickled")


def _unfit(text: str, reference: Reference) -> str:
    if not text.strip():
        return f"{reference} is empty; put the secret there"
    if any("\ud800" <= char <= "\udfff" for char in text):
        return f"{reference} is not UTF-8 text; store it again as plain text"
    return ""


def _read_file(path: Path) -> tuple[bytes, str | None]:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1), None
    except OSError as error:
        return b"", (error.strerror or "error").lower()


def _run(command: SecretCommand) -> tuple[bytes, str | None]:
    try:
        process = subprocess.Popen(  # noqa: S603 - argv is the operator's own, and no shell reads it
            command.argv,
            cwd=command.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        return b"", f"cannot be run: {(error.strerror or 'error').lower()}"
    return _collect(process, command.timeout)


def _collect(process: "subprocess.Popen[bytes]", timeout: float) -> tuple[bytes, str | None]:
    # The whole session is killed: a child of the command would keep the pipe open and us waiting.
    late = threading.Event()
    timer = threading.Timer(timeout, _kill_late, (process, late))
    timer.start()
    with process:
        try:
            raw = _drain(process)
        except BaseException:  # Ctrl-C in the middle: leaving the block would wait for the command
            _kill(process)
            raise
        finally:
            timer.cancel()
    if late.is_set():
        return b"", f"took longer than {timeout:g} s"
    too_much = len(raw) > MAX_BYTES
    return raw, f"ended with code {process.returncode}" if process.returncode and not too_much else None


def _drain(process: "subprocess.Popen[bytes]") -> bytes:
    raw = process.stdout.read(MAX_BYTES + 1) if process.stdout is not None else b""
    if len(raw) > MAX_BYTES:
        _kill(process)
    process.wait()
    return raw


def _kill_late(process: "subprocess.Popen[bytes]", late: threading.Event) -> None:
    late.set()
    _kill(process)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _text(raw: bytes, reference: Reference) -> str:
    if len(raw) > MAX_BYTES:
        raise SecretError(f"{reference} holds more than {MAX_BYTES} bytes; name what holds the secret alone")
    text = raw.decode("utf-8", "surrogateescape").removesuffix("\n")
    return text.removesuffix("\r") if raw.endswith(b"\r\n") else text
