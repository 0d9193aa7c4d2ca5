"""Libraries that log what nobody may see."""

import logging

_NOTHING = logging.CRITICAL + 1


def silence(*names: str) -> None:
    """Let these loggers and those below them log nothing, in this process from here on.

    What they say quotes URLs, which hold passwords, and comes again with every try. What matters
    of it is said once, at the end of the run.
    """
    for name in names:
        logging.getLogger(name).setLevel(_NOTHING)
