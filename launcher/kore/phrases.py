"""What a server's sentence gives away: a rate limit, a campaign that is active already. Pure.

Wrong either way costs: a doubt taken for a rate limit is sent again, which may start a campaign twice, so the
plain form must open the sentence, where a campaign's name does not stand ("Campaign Rate limit reached …").
"""

import re
from collections.abc import Iterable

_QUOTED = re.compile(
    r"""(?<!\w)(['"`])(?:(?!\1).){0,200}\1(?!\w)"""
    r"|[\u201c\u2018][^\u201d\u2019]{0,200}[\u201d\u2019](?!\w)"
)
_SEPARATORS = re.compile(r"[\s_-]+")

_NAMED = re.compile(r"\brate ?limit|\btoo many requests")
_PLAIN = re.compile(
    r"""
    (?: (?:http\ )?\d{3}:?\  | error:?\  | sorry,?\  | the\  | your\  | api\  )*
    (?: (?: you(?:['\u2019]ve|\ have)?\  | requests?\  | account\  | client\  )?
        (?: has\  | have\  )? (?:exceeded|reached|hit)\  (?: [\w']+\  ){0,4}? rate\ ?limit
      | (?: request\  | account\  | per\ minute\  | hourly\  )* rate\ ?limit (?: \ (?:for|of)\ this\ api )?
        (?: \ (?:has|was|is)(?:\ been)? )? \ (?:exceeded|reached|hit)\b
      | rate\ ?limited\b
      | too\ many\ (?:requests|calls)\b
    )
    (?= \ ?(?: $ | [.,;:!(\u2026] ) | \ (?:please|for|of|by|in|per|on|try|retry|wait)\b )
    """,
    re.VERBOSE,
)
_ALREADY = re.compile(
    r"\balready (?:\w+ ){0,3}?(?:active|activated|running|started|launched|in progress)\b"
    r"|\b(?:active|running|started) already\b"
)
_ACTIVE_NOW = re.compile(
    r"\bcampaign\b.{0,80}\bis (?:currently |still |now )?(?:active|running|in progress)\b"
    r"|\bcampaign is in (?:an? |the )?(?:active|running) (?:state|status)\b"
)
_CONDITION = re.compile(r"\b(?:only|must|should|unless|until|when|if)\b")
_DENIED = re.compile(
    r"\b(?:not|never|isn't|no longer) (?:yet |currently |already )?(?:active|running|started|already)\b"
)
_ABOUT_ANOTHER = re.compile(
    r"\b(?:another|other|different|lists?|contacts?|concurrent|maximum|(?<!rate )limit)\b"
)


def names_rate_limit(texts: Iterable[str]) -> bool:
    """Some text speaks of a rate limit, outside of quotes: enough in an error that started nothing anyway."""
    return any(_NAMED.search(_plain_words(_QUOTED.sub(" ", text))) for text in texts)


def says_rate_limited(texts: Iterable[str]) -> bool:
    """Some text opens by saying that the limit was exceeded or reached (the documented texts do)."""
    return any(_PLAIN.match(_plain_words(text)) for text in texts)


def says_already_active(texts: Iterable[str]) -> bool:
    """Some text says that this campaign, not another one or its contact list, runs already."""
    return any(_is_already_active(_plain_words(_QUOTED.sub(" ", text))) for text in texts)


def _is_already_active(text: str) -> bool:
    if _ABOUT_ANOTHER.search(text) or _DENIED.search(text):
        return False
    return bool(_ALREADY.search(text) or (_ACTIVE_NOW.search(text) and not _CONDITION.search(text)))


def _plain_words(text: str) -> str:
    """Lower case, one space between words, `_` and `-` as spaces: `ALREADY_ACTIVE` reads like a sentence."""
    return _SEPARATORS.sub(" ", text[:1000]).strip().lower()
