"""Every async test in this folder runs in virtual time: hours pass in milliseconds."""

from virtual_time import VirtualTimeLoop


def pytest_asyncio_loop_factories():
    return {"virtual": VirtualTimeLoop}
