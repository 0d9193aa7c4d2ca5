"""What the exit code of a run asks of a person. Pure."""

from collections.abc import Mapping

MEANING: Mapping[int, str] = {
    0: "all started or already active",
    1: "some rejected or failed, none unknown",
    2: "usage or manifest: nothing was sent",
    3: "at least one unknown: it may have started",
    4: "halted: by a threshold, a gate, an order, refused credentials, a dead account or a failing journal",
    5: "refused before sending",
    7: "incomplete: not attempted because of a deadline, a window, the cooldown or the preflight",
    70: "internal error",
    130: "interrupted (SIGINT); what is below was known by then",
    143: "terminated (SIGTERM); what is below was known by then",
}
"""A line for every code that a process ends with."""


def exit_meaning(code: int | None) -> str:
    """The meaning of `code`; None is a run that did not end."""
    if code is None:
        return "no exit code: a process works on it, or it died"
    return MEANING.get(code, "no exit code of this launcher's")
