"""The documented success bodies of the campaign API, key by key."""

from typing import Any

from launcher.sandbox.campaigns import Campaign
from launcher.sandbox.clock import iso_time
from launcher.sandbox.listing import Page

_WORKING_DAYS = [{"day": day, "start": "9:00 AM", "end": "6:00 PM"} for day in ("MO", "TU", "WE", "TH", "FR")]
_NORMAL = "NORMAL"


def started_body(at: float, instance_id: str, channel: str) -> dict[str, Any]:
    """Return the answer to a start; only a voice campaign is told its instance id."""
    body: dict[str, Any] = {"status": "Active", "message": "Campaign Started", "updatedAt": iso_time(at)}
    if channel == "voice":
        body |= {"totalCallsCompleted": 0, "campaignInstanceId": instance_id}
    return body


def stopped_body(at: float, instance_id: str, channel: str) -> dict[str, Any]:
    """Return the answer to a stop; SMS names an execution type, voice its instance id."""
    body = {"status": "Stopped", "message": "Campaign Stopped", "updatedAt": iso_time(at)}
    if channel == "voice":
        return body | {"campaignInstanceId": instance_id}
    return body | {"campaignExecutionType": _NORMAL}


def status_body(campaign: Campaign) -> dict[str, Any]:
    """Return the answer to a status call."""
    data = {"id": campaign.key.campaign_id, "status": campaign.status.value, "name": campaign.name}
    return {"status": "success", "data": data}


def details_body(campaign: Campaign) -> dict[str, Any]:
    """Return the answer to get-by-id."""
    message = f"Campaign {campaign.name} retrieved successfully"
    return {
        "status": "success",
        "message": message,
        "data": {"_id": campaign.key.campaign_id} | _fields(campaign),
    }


def list_body(page: Page, instance_ids: dict[str, str]) -> dict[str, Any]:
    """Return the answer to get-all; `instance_ids` by campaign id, for the campaigns that have run."""
    data = {
        "results": [_item(campaign, instance_ids) for campaign in page.campaigns],
        "skip": page.skip,
        "limit": page.limit,
        "hasMore": page.has_more,
        "totalPages": page.total_pages,
        "totalResults": page.total,
    }
    # The page prints two spaces: a name has been left out.
    return {"status": "success", "message": "Campaign  retrieved successfully", "data": data}


def _item(campaign: Campaign, instance_ids: dict[str, str]) -> dict[str, Any]:
    """Return one entry of get-all: SMS entries have `id` and facts of the last run, voice entries `_id`."""
    campaign_id = campaign.key.campaign_id
    if campaign.channel == "voice":
        return {"_id": campaign_id} | _fields(campaign)
    item = {"id": campaign_id} | _fields(campaign)
    item |= {"totalMessagesSent": 0, "campaignExecutionType": _NORMAL}
    if campaign_id in instance_ids:
        item |= {
            "campaignInstanceUpdatedAt": iso_time(campaign.updated_at),
            "campaignInstanceId": instance_ids[campaign_id],
        }
    return item


def _fields(campaign: Campaign) -> dict[str, Any]:
    calling_hours = {"frequency": "custom", "timezone": "America/New_York", "days": _WORKING_DAYS}
    return {
        "name": campaign.name,
        "lname": campaign.name.lower(),
        "description": "",
        "status": campaign.status.value,
        "dncLists": [],
        "priority": campaign.priority,
        "dialingStrategy": {"callerId": {"phoneNumber": "+15555550100"}, "callingHours": calling_hours},
        "isImported": True,
        "isFiltersEnabled": False,
        "createdAt": iso_time(campaign.created_at),
        "updatedAt": iso_time(campaign.updated_at),
        "schedule": {"isSchedulingEnabled": False, "isRecurrenceEnabled": False},
        "contactLists": list(campaign.contact_lists),
        "format": "simple",
    }
