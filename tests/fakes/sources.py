"""The text of a manifest that stands in no file."""

from hashlib import sha256
from io import BytesIO

from launcher.manifest.source import Source


def source_of(text):
    """Text, or bytes, as the parser reads it."""
    return Source("m.yaml", BytesIO(text if isinstance(text, bytes) else text.encode()), sha256())
