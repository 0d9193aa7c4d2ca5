import pytest

from launcher.manifest.model import Credentials
from launcher.manifest.secrets import Environment, Secret

ACCOUNT = "accounts: {{acme: {{id: a, host: 'https://h.example', {credentials}}}}}\n"
REST = "version: 1\ncampaigns: [{account: acme, stream: s, campaign: c}]\n"


def credentials(folder, text, extra=""):
    return folder.load(REST + extra + ACCOUNT.format(credentials=text)).accounts["acme"].credentials


def problems(folder, text, extra=""):
    lines = folder.problems(REST + extra + ACCOUNT.format(credentials=text))
    return [line.split(": ", 1)[1] for line in lines]


def test_credentials_have_defaults(folder):
    expected = Credentials("account acme", "cs-1", Secret(Environment("X")))
    assert credentials(folder, "client_id: cs-1, client_secret: '${X}'") == expected


def test_credentials_take_every_token_option(folder):
    options = "algorithm: HS512, token_lifetime: 1h, subject: s, issuer: i, audience: a, jti: true"
    assert credentials(folder, f"client_id: cs-1, client_secret: '${{X}}', {options}") == Credentials(
        "account acme", "cs-1", Secret(Environment("X")), "HS512", 3600.0, "s", "i", "a", jti=True
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("client_id: cs-1", "client_id in accounts.acme needs client_secret beside it"),
        ("client_secret: '${X}'", "client_secret in accounts.acme needs client_id beside it"),
        ("jti: true", "jti in accounts.acme needs client_id and client_secret beside it"),
    ],
)
def test_credentials_are_complete_or_not_there(folder, text, message):
    assert problems(folder, text) == [message]


def test_a_misspelled_credential_is_told_once(folder):
    assert problems(folder, "client_id: x, client_secert: '${X}'") == [
        "unknown key 'client_secert' in accounts.acme; did you mean 'client_secret'?"
    ]


def test_a_token_with_a_jti_lives_an_hour_at_most(folder):
    both = "client_id: cs-1, client_secret: '${X}'"
    assert problems(folder, f"{both}, jti: true, token_lifetime: 61m") == [
        "accounts.acme.token_lifetime: at most 1h when jti is true"
    ]
    assert credentials(folder, f"{both}, jti: false, token_lifetime: 61m").token_lifetime == 3660.0


def test_a_literal_secret_is_a_problem_that_does_not_repeat_it(folder):
    (message,) = problems(folder, "client_id: cs-1, client_secret: canary")
    assert message.startswith("accounts.acme.client_secret: a secret stands in the manifest; use ${NAME}")
    assert "canary" not in message


@pytest.mark.parametrize(
    ("text", "extra"),
    [
        ("client_id: cs-1, client_secret: canary, allow_inline_secrets: true", ""),
        ("client_id: cs-1, client_secret: canary", "allow_inline_secrets: true\n"),
    ],
)
def test_a_literal_secret_is_taken_where_it_is_allowed(folder, text, extra):
    assert credentials(folder, text, extra).client_secret.reveal() == "canary"


def test_every_problem_of_credentials_is_told(folder):
    text = "client_id: ' ', client_secret: canary, algorithm: RS256, jti: 1, token_lifetime: 2h"
    found = problems(folder, text)
    assert [message.split(": ")[0] for message in found] == [
        "accounts.acme.client_id",
        "accounts.acme.client_secret",
        "accounts.acme.algorithm",
        "accounts.acme.jti",
    ]
