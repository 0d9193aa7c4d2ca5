"""What really happened in the sandbox: starts, double starts, and each account's use of its budget."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from launcher.sandbox.campaigns import Campaign
from launcher.sandbox.limiter import AccountLimiter


@dataclass(frozen=True, slots=True)
class CampaignTally:
    """One campaign since the sandbox began."""

    account_id: str
    stream_id: str
    campaign_id: str
    channel: str
    status: str
    plays: int
    """Start requests that reached it, whatever came of them."""
    starts: int
    """Plays that took effect."""
    double_starts: int
    """Starts after another start with no stop request (or a tester's hand) between them."""
    reruns: int
    """The double starts that came after the campaign had completed by itself."""
    stops: int


@dataclass(frozen=True, slots=True)
class WindowPeak:
    """The most requests, refused ones among them, that came in any rolling window of `seconds`."""

    limit: int
    seconds: float
    peak: int


@dataclass(frozen=True, slots=True)
class AccountTally:
    """One account's requests since the sandbox began."""

    account_id: str
    requests: int
    throttled: int
    """Requests over the budget. A 429 that a fault scenario made up is not among them."""
    windows: tuple[WindowPeak, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """A snapshot of the sandbox's books."""

    campaigns: tuple[CampaignTally, ...]
    accounts: tuple[AccountTally, ...]
    requests: int
    faults: Mapping[str, int]
    """How often each fault was dealt."""
    max_in_flight: int
    """Most requests that were being answered at one moment."""
    redirects_followed: int
    """Requests that came by way of a redirect fault: the token went along."""

    @property
    def starts(self) -> int:
        """Starts that took effect, over all campaigns."""
        return sum(campaign.starts for campaign in self.campaigns)

    @property
    def double_starts(self) -> int:
        """Double starts over all campaigns; must be 0."""
        return sum(campaign.double_starts for campaign in self.campaigns)

    @property
    def throttled(self) -> int:
        """Requests over the budget, over all accounts."""
        return sum(account.throttled for account in self.accounts)

    def starts_of(self, campaign_id: str) -> int:
        """Return the starts of the campaign with that id, in whatever stream."""
        return sum(campaign.starts for campaign in self.campaigns if campaign.campaign_id == campaign_id)

    def as_json(self) -> dict[str, Any]:
        """Return what `GET /ledger` answers; docs/sandbox.md describes it."""
        return {
            "campaigns": [_campaign_json(campaign) for campaign in self.campaigns],
            "accounts": [_account_json(account) for account in self.accounts],
            "totals": {
                "campaigns": len(self.campaigns),
                "starts": self.starts,
                "double_starts": self.double_starts,
                "reruns": sum(campaign.reruns for campaign in self.campaigns),
                "requests": self.requests,
                "throttled": self.throttled,
                "max_in_window": {account.account_id: _peaks(account) for account in self.accounts},
                "max_in_flight": self.max_in_flight,
                "redirects_followed": self.redirects_followed,
                "faults": dict(sorted(self.faults.items())),
            },
        }


def tally_campaign(campaign: Campaign) -> CampaignTally:
    """Return a campaign's counts as they are now."""
    return CampaignTally(
        *campaign.key,
        channel=campaign.channel,
        status=campaign.status.value,
        plays=campaign.plays,
        starts=campaign.starts,
        double_starts=campaign.double_starts,
        reruns=campaign.reruns,
        stops=campaign.stops,
    )


def tally_account(account_id: str, limiter: AccountLimiter) -> AccountTally:
    """Return an account's counts as they are now."""
    peaks = (WindowPeak(*window.budget, peak=window.peak) for window in limiter.windows)
    return AccountTally(account_id, limiter.requests, limiter.throttled, tuple(peaks))


def _peaks(account: AccountTally) -> dict[str, int]:
    return {f"{window.seconds:g}s": window.peak for window in account.windows}


def _campaign_json(campaign: CampaignTally) -> dict[str, Any]:
    return {
        "accountId": campaign.account_id,
        "streamId": campaign.stream_id,
        "campaignId": campaign.campaign_id,
        "channel": campaign.channel,
        "status": campaign.status,
        "plays": campaign.plays,
        "starts": campaign.starts,
        "double_starts": campaign.double_starts,
        "reruns": campaign.reruns,
        "stops": campaign.stops,
    }


def _account_json(account: AccountTally) -> dict[str, Any]:
    return {
        "accountId": account.account_id,
        "requests": account.requests,
        "throttled": account.throttled,
        "windows": [
            {"limit": window.limit, "seconds": window.seconds, "max_in_window": window.peak}
            for window in account.windows
        ],
    }
