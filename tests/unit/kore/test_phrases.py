import pytest

from launcher.kore.phrases import names_rate_limit, says_already_active, says_rate_limited

DOCUMENTED = [
    "You've exceeded the per-minute rate limit. Please wait for sometime before retrying.",
    "You've exceeded the hourly rate limit. Please wait for sometime before retrying.",
    "Rate limit for this API has been reached. Please try again after some time.",
    "Rate limit for this API has been reached. Please try again later",
]
PLAIN = [
    "Rate limit exceeded",
    "RATE_LIMIT_EXCEEDED",
    "rate-limit reached",
    "API rate limit exceeded for account 67777",
    "Error: Rate limit exceeded.",
    "Your account has exceeded its rate limit, retry later",
    "You have reached the API rate limit",
    "You\u2019ve hit the rate limit!",
    "The rate limit has been exceeded",
    "Too Many Requests",
    "429 Too Many Requests",
    "HTTP 429: too many requests",
    "Rate limited",
]
NAMES = [
    "Campaign Rate limit reached crashed",
    "Rate limit reached alert: campaign could not be started",
    "Cannot start campaign 'Rate limit exceeded'",
    "Internal error in Rate limit promo",
    "Rate limit",
    "",
]


@pytest.mark.parametrize("text", DOCUMENTED + PLAIN)
def test_a_sentence_that_opens_with_the_exceeded_limit_says_so(text):
    assert says_rate_limited([text])


@pytest.mark.parametrize("text", NAMES)
def test_a_sentence_that_only_mentions_the_words_does_not_say_so(text):
    assert not says_rate_limited([text])


@pytest.mark.parametrize("text", [*DOCUMENTED, *PLAIN, "slow down: rate limit", "Rate Limit"])
def test_every_mention_names_the_limit(text):
    assert names_rate_limit(["something else", text])


@pytest.mark.parametrize(
    "text",
    [
        "Campaign 'Rate limit promo' not found",
        'No campaign "rate limit" here',
        "No campaign \u201crate limit\u201d here",
        "Campaign not found",
        "accurate limits",
    ],
)
def test_a_quoted_name_does_not_name_the_limit(text):
    assert not names_rate_limit([text])


@pytest.mark.parametrize(
    "text",
    [
        "Campaign is already active",
        "Campaign already running",
        "ALREADY_ACTIVE",
        "CAMPAIGN_ALREADY_STARTED",
        "The campaign has already been started.",
        "Campaign could not be started because it is already running",
        "Cannot start a campaign when it is already active",
        "Campaign 'Only for other lists' is already active",
        "Campaign Summer is currently running",
        "Campaign is in Active state",
        "campaign is active already",
    ],
)
def test_a_campaign_that_runs_is_recognised(text):
    assert says_already_active(["Bad Request", text])


@pytest.mark.parametrize(
    "text",
    [
        "Campaign is not active",
        "Campaign isn't running",
        "Campaign is no longer active",
        "Campaign not already active",
        "Another campaign is already running",
        "Contact list is already running in a campaign",
        "The contacts are already active elsewhere",
        "Maximum of concurrent campaigns already running",
        "Campaign can be started only when its bot is running",
        "Contact list is in use by another active campaign",
        "Invalid campaign",
        "Your subscription is active",
        "",
    ],
)
def test_what_runs_is_not_taken_for_this_campaign(text):
    assert not says_already_active([text])
