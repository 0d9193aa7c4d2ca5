"""The campaigns the sandbox knows, and what playing, stopping and time do to them."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from launcher.sandbox.replies import Refusal, refusal


class Status(StrEnum):
    """The campaign states of the documented get-all filter."""

    READY = "Ready"
    PREPARING = "Preparing"
    ACTIVE = "Active"
    PAUSED = "Paused"
    STOPPED = "Stopped"
    COMPLETED = "Completed"
    SCHEDULED = "Scheduled"
    RESCHEDULED = "Rescheduled"


class CampaignKey(NamedTuple):
    """What names a campaign; the channel does not, since the status endpoint is asked without it."""

    account_id: str
    stream_id: str
    campaign_id: str


@dataclass(slots=True)
class Campaign:
    """One campaign and what was done to it since the sandbox began. Times are seconds since the epoch."""

    key: CampaignKey
    channel: str
    name: str
    contact_lists: tuple[str, ...]
    created_at: float
    updated_at: float
    status: Status = Status.READY
    priority: str = "5"
    channel_is_known: bool = False
    """False while the channel is only guessed from the shape of the id."""
    changes_at: float | None = None
    """When Preparing turns Active or Active turns Completed; None: it stays as it is."""
    plays: int = 0
    """Start requests that reached the campaign, whatever came of them."""
    starts: int = 0
    """Plays that took effect: each messages the contact list."""
    double_starts: int = 0
    """Starts after another one that neither a stop request nor a tester's hand came between."""
    reruns: int = 0
    """The double starts that came after it had completed by itself: everybody is messaged again, too."""
    stops: int = 0
    sent_since_stop: bool = False

    @property
    def is_running(self) -> bool:
        """Whether it is sending or about to."""
        return self.status in (Status.ACTIVE, Status.PREPARING)


@dataclass(frozen=True, slots=True)
class Conduct:
    """How campaigns behave where no page says it."""

    on_active: int = 200
    """HTTP status of a play on a running campaign; 200 lets it take effect, the worst case."""
    preparing: float = 0.0
    """Seconds in Preparing after a start."""
    completes_after: float | None = None
    """Seconds from Active to Completed; None: never by itself."""


class Campaigns:
    """The store and the state machine. Every method takes the time, so that no timer is needed."""

    def __init__(self, conduct: Conduct) -> None:
        self._conduct = conduct
        self._by_key: dict[CampaignKey, Campaign] = {}
        self._by_list: dict[tuple[str, str], set[CampaignKey]] = {}

    def add(self, campaign: Campaign) -> Campaign:
        """Add a campaign, or put it in the place of one with the same key."""
        self._by_key[campaign.key] = campaign
        for name in campaign.contact_lists:
            self._by_list.setdefault((campaign.key.account_id, name), set()).add(campaign.key)
        return campaign

    def find(self, key: CampaignKey, now: float) -> Campaign | None:
        """Return the campaign as it is at `now`, None when it is not known."""
        campaign = self._by_key.get(key)
        if campaign is not None:
            self._settle(campaign, now)
        return campaign

    def all(self, now: float) -> Iterator[Campaign]:
        """Yield every campaign as it is at `now`, in the order in which they became known."""
        for campaign in self._by_key.values():
            self._settle(campaign, now)
            yield campaign

    def play(self, campaign: Campaign, channel: str, now: float, *, preparing: float | None = None) -> None:
        """Start the campaign: it takes effect, or `Refusal` is raised.

        `preparing`: seconds in Preparing, instead of the usual ones.
        """
        campaign.plays += 1
        _check_channel(campaign, channel)
        if campaign.is_running:
            self._play_running()
        elif campaign.status in (Status.SCHEDULED, Status.RESCHEDULED):
            raise _refused("Campaign is scheduled", "a scheduled campaign cannot be started by hand")
        self._check_lists(campaign, now)
        campaign.channel, campaign.channel_is_known = channel, True
        _count_start(campaign)
        campaign.updated_at = now
        self._run(campaign, now, self._conduct.preparing if preparing is None else preparing)

    def stop(self, campaign: Campaign, channel: str, now: float) -> None:
        """Stop the campaign; raises `Refusal` when there is nothing to stop."""
        _check_channel(campaign, channel)
        if not campaign.is_running and campaign.status is not Status.PAUSED:
            raise _refused("Campaign is not running", "only a running or paused campaign can be stopped")
        campaign.stops += 1
        self.set_status(campaign, Status.STOPPED, now)

    def set_status(self, campaign: Campaign, status: Status, now: float) -> None:
        """Put the campaign in `status` by hand or by a stop; the next start then counts as deliberate."""
        campaign.status = status
        campaign.updated_at = now
        campaign.changes_at = None
        campaign.sent_since_stop = False

    def _play_running(self) -> None:
        if self._conduct.on_active != 200:  # noqa: PLR2004 - an HTTP status
            code = self._conduct.on_active
            raise refusal(
                code, code, "Campaign is already active", "the answer to a start of an active campaign"
            )

    def _run(self, campaign: Campaign, now: float, preparing: float) -> None:
        if preparing > 0:
            campaign.status, campaign.changes_at = Status.PREPARING, now + preparing
            return
        after = self._conduct.completes_after
        campaign.status, campaign.changes_at = Status.ACTIVE, None if after is None else now + after

    def _settle(self, campaign: Campaign, now: float) -> None:
        """Do what time has done since the last look."""
        while campaign.changes_at is not None and campaign.changes_at <= now:
            campaign.updated_at = campaign.changes_at
            if campaign.status is Status.PREPARING:
                self._run(campaign, campaign.changes_at, 0.0)
            else:
                campaign.status, campaign.changes_at = Status.COMPLETED, None

    def _check_lists(self, campaign: Campaign, now: float) -> None:
        """Refuse a start while another campaign of the account runs on one of the same contact lists."""
        for name in campaign.contact_lists:
            for key in self._by_list[campaign.key.account_id, name] - {campaign.key}:
                other = self.find(key, now)
                if other is not None and other.is_running and name in other.contact_lists:
                    raise _refused(
                        "Contact list is in use by another active campaign",
                        "the answer to a shared contact list",
                    )


def _count_start(campaign: Campaign) -> None:
    campaign.starts += 1
    campaign.double_starts += campaign.sent_since_stop
    campaign.reruns += campaign.sent_since_stop and campaign.status is Status.COMPLETED
    campaign.sent_since_stop = True


def _check_channel(campaign: Campaign, channel: str) -> None:
    if campaign.channel_is_known and campaign.channel != channel:
        raise _refused("Invalid campaignType", f"this is a campaign of type {campaign.channel}")


def _refused(message: str, assumed: str) -> Refusal:
    return refusal(400, 400, message, assumed)
