"""Which page of a stream's list is asked for next, until the campaigns that are wanted were seen. Pure."""

from collections.abc import Collection

from launcher.plan.states import CampaignState, Page

PAGE = 100
"""Campaigns that are asked for at once; the API's page shows 50 and names no limit, a server may."""
MOST_PAGES = 500
"""Pages of one stream after which its list counts as one that does not end."""


class Paging:
    """One stream's list while it is read; `most` pages at most."""

    def __init__(self, wanted: Collection[str], most: int = MOST_PAGES) -> None:
        self.listed: dict[str, CampaignState] = {}
        """What was seen so far, by campaign id."""
        self.skip = 0
        self.limit = PAGE
        """What is to be asked for: so many campaigns after the first `skip`."""
        self._wanted = frozenset(wanted)
        self._left = most

    def take(self, page: Page) -> bool:
        """Take a page in; whether another one is to be asked for."""
        known = len(self.listed)
        self.listed.update(page.campaigns)
        self._left -= 1
        # Nothing new: the server gives the same page again and again.
        if page.reason is not None or not page.more or len(self.listed) == known:
            return False
        if self._left < 1 or self._wanted <= self.listed.keys():
            return False
        # There is more, so this page was full: that is how many the server puts on one.
        self.limit = min(self.limit, page.count)
        self.skip += page.count
        return True
