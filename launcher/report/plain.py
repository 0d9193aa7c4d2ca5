"""Text of others made harmless: what a manifest or a server says must not steer a terminal or show a token.

Pure. Ids, names and server messages go through here before they are shown or written.
"""

import re

_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){0,4}")
"""What begins like the base64 of `{"`: a JWT (three parts) or JWE (five), also when it was cut short."""
_REDACTED = "[token removed]"


def redact(text: str) -> str:
    """`text` without anything that looks like a token."""
    return _TOKEN.sub(_REDACTED, text) if "eyJ" in text else text


def plain(text: str) -> str:
    """`text` on one line, with control, direction and other invisible characters shown as escapes."""
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(char: str) -> str:
    if char.isprintable():
        return char
    if char.isspace():
        return " "
    code = ord(char)
    if code < 0x100:  # noqa: PLR2004 - the last code that two hex digits hold
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - four hex digits
