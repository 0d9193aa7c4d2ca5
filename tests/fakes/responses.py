"""aioresponses for aiohttp 3.14: its replies lack an argument that `ClientResponse` wants since then."""

from types import SimpleNamespace

from aiohttp import ClientResponse
from aioresponses import aioresponses


class Response(ClientResponse):
    """Fills in what aioresponses 0.7.9 leaves out."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"stream_writer": SimpleNamespace(output_size=0)} | kwargs)


class Responses(aioresponses):
    """`aioresponses` whose canned replies work."""

    def add(self, url, *args, **kwargs):
        super().add(url, *args, **{"response_class": Response} | kwargs)
