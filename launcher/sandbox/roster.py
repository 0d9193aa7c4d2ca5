"""Which campaigns exist: those configured, those a tester puts, and, where all exist, those asked for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from launcher.sandbox.campaigns import Campaign, CampaignKey, Campaigns, Status
from launcher.sandbox.config import CampaignSeed, SandboxConfig
from launcher.sandbox.replies import refusal

_AGE = 86_400.0
"""Seconds before the sandbox began that its campaigns say they were created."""
_VOICE_ID = re.compile(r"cd-[0-9a-f]{7}-")


@dataclass(frozen=True, slots=True)
class Change:
    """What a tester wants of a campaign; None leaves it as it is."""

    status: Status | None = None
    name: str | None = None
    channel: str | None = None
    contact_lists: tuple[str, ...] | None = None
    priority: str | None = None


class Roster:
    """Finds campaigns, and makes those that may exist."""

    def __init__(self, config: SandboxConfig, began: float) -> None:
        self.campaigns = Campaigns(config.conduct)
        self._only_known = config.campaigns is not None
        self._unknown_status = config.unknown_campaign
        self._created = began - _AGE
        for seed in config.campaigns or ():
            self._make(seed, channel_is_known=True)

    def find(self, key: CampaignKey, now: float) -> Campaign:
        """Return the campaign as it is at `now`, seconds since the epoch; raises `Refusal` without one."""
        campaign = self.campaigns.find(key, now)
        if campaign is not None:
            return campaign
        if self._only_known:
            code = self._unknown_status
            raise refusal(code, code, "Campaign not found", "the answer for a campaign that does not exist")
        return self._make(_guess(key), channel_is_known=False)

    def of_stream(self, account_id: str, stream_id: str, now: float) -> Iterator[Campaign]:
        """Yield the campaigns of a stream, the oldest first."""
        for campaign in self.campaigns.all(now):
            if campaign.key[:2] == (account_id, stream_id):
                yield campaign

    def change(self, key: CampaignKey, change: Change, now: float) -> Campaign:
        """Make a campaign or change it by a tester's hand; its counts of starts stay."""
        campaign = self.campaigns.find(key, now) or self._make(_guess(key), channel_is_known=False)
        campaign.name = change.name or campaign.name
        campaign.priority = change.priority or campaign.priority
        if change.channel is not None:
            campaign.channel, campaign.channel_is_known = change.channel, True
        if change.contact_lists is not None:
            campaign.contact_lists = change.contact_lists
        if change.status is not None:
            self.campaigns.set_status(campaign, change.status, now)
        return self.campaigns.add(campaign)

    def _make(self, seed: CampaignSeed, *, channel_is_known: bool) -> Campaign:
        self._created += 0.001  # so that sorting by creation keeps the order
        campaign = Campaign(
            key=seed.key,
            channel=seed.channel,
            name=f"Campaign {seed.campaign_id}" if seed.name is None else seed.name,
            contact_lists=seed.contact_lists or (f"Contacts of {seed.stream_id} {seed.campaign_id}",),
            created_at=self._created,
            updated_at=self._created,
            status=Status(seed.status),
            priority=seed.priority,
            channel_is_known=channel_is_known,
        )
        return self.campaigns.add(campaign)


def _guess(key: CampaignKey) -> CampaignSeed:
    """Return the seed of a campaign of which only the id is known; voice ids have one digit less.

    It has no name: an invented one would look like that of another campaign.
    """
    seed = CampaignSeed(*key, name="")
    return replace(seed, channel="voice") if _VOICE_ID.match(key.campaign_id) else seed
