"""Does what a call asks for and answers as documented."""

from launcher.sandbox.bodies import details_body, list_body, started_body, status_body, stopped_body
from launcher.sandbox.calls import Call, Operation
from launcher.sandbox.campaigns import Campaign
from launcher.sandbox.dice import Dice
from launcher.sandbox.listing import page_of, read_filter
from launcher.sandbox.replies import Reply, json_reply
from launcher.sandbox.roster import Roster


class Operations:
    """The five operations on a roster. `now` is always in seconds since the epoch."""

    def __init__(self, roster: Roster, dice: Dice, max_page: int) -> None:
        self._roster = roster
        self._dice = dice
        self._max_page = max_page

    def perform(self, call: Call, now: float, preparing: float | None = None) -> Reply:
        """Do what `call` asks; raises `Refusal` where the API would refuse."""
        if call.operation is Operation.LIST:
            return self._list(call, now)
        campaign = self._roster.find(call.key, now)
        if call.operation is Operation.START:
            return self._start(campaign, call, now, preparing)
        if call.operation is Operation.STOP:
            self._roster.campaigns.stop(campaign, str(call.channel), now)
            return self._stopped(campaign, call, now)
        if call.operation is Operation.STATUS:
            return json_reply(200, status_body(campaign))
        return json_reply(200, details_body(campaign))

    def pretend(self, call: Call, now: float) -> Reply:
        """Return what `perform` would answer if all were well, with nothing done."""
        if call.operation not in (Operation.START, Operation.STOP):
            return self.perform(call, now)
        campaign = self._roster.find(call.key, now)
        return (
            self._started(campaign, call, now)
            if call.operation is Operation.START
            else self._stopped(campaign, call, now)
        )

    def _start(self, campaign: Campaign, call: Call, now: float, preparing: float | None) -> Reply:
        running = campaign.is_running
        self._roster.campaigns.play(campaign, str(call.channel), now, preparing=preparing)
        return self._started(
            campaign, call, now, "a start of an active campaign takes effect" if running else None
        )

    def _started(self, campaign: Campaign, call: Call, now: float, assumed: str | None = None) -> Reply:
        return json_reply(200, started_body(now, self._instance_id(campaign), str(call.channel)), assumed)

    def _stopped(self, campaign: Campaign, call: Call, now: float) -> Reply:
        return json_reply(200, stopped_body(now, self._instance_id(campaign), str(call.channel)))

    def _list(self, call: Call, now: float) -> Reply:
        chosen = read_filter(call.body, self._max_page)
        page = page_of(self._roster.of_stream(call.account_id, call.stream_id, now), chosen)
        ran = [campaign for campaign in page.campaigns if campaign.starts]
        instance_ids = {campaign.key.campaign_id: self._instance_id(campaign) for campaign in ran}
        return json_reply(200, list_body(page, instance_ids))

    def _instance_id(self, campaign: Campaign) -> str:
        """Return the id of the campaign's last instance, in the shape of its channel."""
        digits = self._dice.hexadecimal(32, "instance", *campaign.key, campaign.starts)
        first, version = (7, "4") if campaign.channel == "voice" else (8, "5")
        return f"cid-{digits[:first]}-{digits[8:12]}-{version}{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
