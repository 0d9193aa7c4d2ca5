"""What can be found of a launch before it is started, and what that means. Pure."""

from collections.abc import Mapping
from enum import StrEnum


class Finding(StrEnum):
    """What is to be expected of a launch, the gravest first: a launch is called by the first that holds."""

    UNREADABLE = "unreadable"
    NOT_FOUND = "not_found"
    WRONG_NAME = "wrong_name"
    COOLDOWN = "cooldown"
    ACTIVE = "already_active"
    SCHEDULED = "scheduled"
    PREFLIGHT = "preflight"
    """In a state that the manifest's `preflight` does not allow."""
    SHARED_LIST = "shared_list"
    OTHER = "other_state"
    WINDOW = "window"
    COMPLETED = "completed"
    STOPPED = "stopped"
    PAUSED = "paused"
    START = "will_start"


WORDS: Mapping[Finding, str] = {
    Finding.UNREADABLE: "state could not be read",
    Finding.NOT_FOUND: "not found",
    Finding.WRONG_NAME: "wrong name",
    Finding.COOLDOWN: "inside the cooldown",
    Finding.ACTIVE: "already active",
    Finding.SCHEDULED: "scheduled",
    Finding.PREFLIGHT: "state not allowed",
    Finding.SHARED_LIST: "shares a contact list",
    Finding.OTHER: "unfamiliar state",
    Finding.WINDOW: "outside its window",
    Finding.COMPLETED: "completed before",
    Finding.STOPPED: "stopped before",
    Finding.PAUSED: "paused",
    Finding.START: "will start",
}
EFFECTS: Mapping[Finding, str] = {
    Finding.UNREADABLE: "nobody knows what a start does",
    Finding.NOT_FOUND: "a start is an error",
    Finding.WRONG_NAME: "the manifest means another campaign",
    Finding.COOLDOWN: "is left alone",
    Finding.ACTIVE: "should not be started again; `preflight` leaves it out",
    Finding.SCHEDULED: "a start is an error; it starts by itself",
    Finding.PREFLIGHT: "is not started",
    Finding.SHARED_LIST: "two on one list cannot run at once",
    Finding.OTHER: "nobody knows what a start does",
    Finding.WINDOW: "is sent when it opens, or as `late` says",
    Finding.COMPLETED: "a start messages everybody again",
    Finding.STOPPED: "a start messages everybody again",
    Finding.PAUSED: "a start goes on where it stopped",
    Finding.START: "a start messages everybody",
}
BLOCKING = frozenset(
    {
        Finding.UNREADABLE,
        Finding.NOT_FOUND,
        Finding.WRONG_NAME,
        Finding.SCHEDULED,
        Finding.SHARED_LIST,
        Finding.OTHER,
    }
)
"""What a person has to look at first. So is PREFLIGHT where the policy says `fail`."""
IDLE = frozenset({Finding.COOLDOWN, Finding.ACTIVE, Finding.PREFLIGHT})
"""What leaves nothing to do."""
