import pytest

from launcher.errors import ManifestError
from launcher.manifest.model import (
    Account,
    Bot,
    Credentials,
    HaltSettings,
    Quota,
    ReconcileSettings,
    RetrySettings,
    Settings,
    Threshold,
)
from launcher.manifest.secrets import Environment, Secret

ACME = "acme: {id: a, host: 'https://h.example', client_id: c, client_secret: '${X}'}"
USE = "campaigns: [{account: acme, stream: s, campaign: c}]\n"


def manifest(accounts=ACME, rest=""):
    return f"version: 1\n{USE}accounts:\n  {accounts}\n{rest}"


def test_settings_have_the_defaults_of_the_model(folder):
    assert folder.load(manifest()).settings == Settings()
    assert folder.load(manifest(rest="settings:\n")).settings == Settings()
    assert folder.load(manifest(rest="settings: {retry: {}, halt: , reconcile: {}}\n")).settings == Settings()


def test_every_setting_can_be_set(folder):
    settings = """\
settings:
  concurrency: 8
  timeout: 10s
  retry: {attempts: 2, backoff: 100ms..2s, give_up_after: 1m}
  reconcile: {settle: 1s, reads: 3, interval: 2s}
  on_unknown: hold
  cooldown: 0s
  halt: {failed: 10%, unknown: never, consecutive: 3}
  deadline: 1h
  pace: even
  headroom: 5%
"""
    assert folder.load(manifest(rest=settings)).settings == Settings(
        8,
        10.0,
        RetrySettings(2, 0.1, 2.0, 60.0),
        ReconcileSettings(1.0, 3, 2.0),
        "hold",
        0.0,
        HaltSettings(Threshold(10.0, percent=True), None, 3),
        deadline=3600.0,
        pace="even",
        headroom=0.05,
    )


def test_an_account_has_the_documented_budget_unless_told_otherwise(folder):
    secret = Credentials("account acme", "c", Secret(Environment("X")))
    account = folder.load(manifest()).accounts["acme"]
    assert account == Account("acme", "a", "https://h.example", (Quota(60, 60.0),), secret)
    text = "acme: {id: a, host: 'https://h.example/base/', client_id: c, client_secret: '${X}', budget: %s}"
    account = folder.load(manifest(text % "[20/3s, 1800/1h]")).accounts["acme"]
    assert account.host == "https://h.example/base"
    assert account.budget == (Quota(20, 3.0), Quota(1800, 3600.0))
    assert not account.adaptive


def test_an_auto_budget_begins_with_the_documented_one(folder):
    text = "acme: {id: a, host: 'https://h.example/base/', client_id: c, client_secret: '${X}', budget: auto}"
    account = folder.load(manifest(text)).accounts["acme"]
    assert (account.budget, account.adaptive) == ((Quota(60, 60.0),), True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("budget: [auto, 60/60s]", "expected requests per time such as 60/60s, got 'auto'"),
        ("budget: Auto", "got 'Auto'"),
    ],
)
def test_auto_stands_alone_and_is_spelled_so(folder, text, told):
    account = "acme: {id: a, host: 'https://h.example/base/', client_id: c, client_secret: '${X}', %s}"
    with pytest.raises(ManifestError, match=told):
        folder.load(manifest(account % text))


@pytest.mark.parametrize("headroom", ["100%", "-1%", "0.05", "5", "all"])
def test_headroom_is_a_percentage_below_a_hundred(folder, headroom):
    with pytest.raises(ManifestError, match="headroom: expected a percentage from 0% to below 100%"):
        folder.load(manifest(rest=f"settings: {{headroom: {headroom}}}\n"))


def test_a_bot_is_in_the_default_account_unless_told_otherwise(folder):
    other = f"{ACME}\n  eu: {{id: b, host: 'https://h.example'}}"
    rest = "defaults: {account: acme}\nbots: {one: {stream: s}, two: {account: eu, stream: t}}\n"
    assert folder.load(manifest(other, rest)).bots == {
        "one": Bot("one", "acme", "s", None),
        "two": Bot("two", "eu", "t", None),
    }


def test_a_bot_has_its_own_credentials(folder):
    rest = "bots: {one: {account: acme, stream: s, client_id: b, client_secret: '${Y}', algorithm: HS512}}\n"
    expected = Credentials("bot one", "b", Secret(Environment("Y")), "HS512")
    assert folder.load(manifest(rest=rest)).bots["one"].credentials == expected


def test_a_bot_may_hold_a_literal_secret_where_its_account_may(folder):
    account = ACME.removesuffix("}") + ", allow_inline_secrets: true}"
    rest = "bots: {one: {account: acme, stream: s, client_id: b, client_secret: canary}}\n"
    assert folder.load(manifest(account, rest)).bots["one"].credentials.client_secret.inline
    (line,) = folder.problems(manifest(rest=rest))
    assert "bots.one.client_secret: a secret stands in the manifest" in line


@pytest.mark.parametrize("host", ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:1/base"])
def test_plain_http_may_stay_on_this_machine(folder, host):
    accounts = ACME.replace("https://h.example", host)
    assert folder.load(manifest(accounts)).accounts["acme"].host == host


@pytest.mark.parametrize(("inner", "outer"), [("", "allow_http: true\n"), (", allow_http: true", "")])
def test_plain_http_to_another_machine_must_be_allowed(folder, inner, outer):
    plain = ACME.replace("https:", "http:")
    (line,) = folder.problems(manifest(plain))
    assert line.startswith("m.yaml:4:23: accounts.acme.host: plain http would show tokens")
    assert folder.load(manifest(plain.removesuffix("}") + inner + "}", outer))


@pytest.mark.parametrize("twin", ["https://H.example:443/", "https://h.example"])
def test_one_account_under_two_names_is_a_problem(folder, twin):
    accounts = f"{ACME}\n  again: {{id: a, host: '{twin}'}}"
    (line,) = folder.problems(manifest(accounts))
    assert line.startswith("m.yaml:5:15: accounts.again: the same host and id as account 'acme'; ")
    assert "give bots credentials of their own" in line


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        (
            "bots: {one: {account: amce, stream: s}}\n",
            "5:23: bots.one.account: unknown account 'amce'; did you mean 'acme'?",
        ),
        (
            "bots: {one: {account: 'a b', stream: s}}\n",
            "5:23: bots.one.account: a name must not hold white space, got 'a b'",
        ),
        (
            "bots: {one: {stream: s}}\n",
            "5:13: missing key 'account' in bots.one, and defaults.account is not set",
        ),
        ("bots: {one: {account: acme}}\n", "5:13: missing key 'stream' in bots.one"),
        ("bots: [one]\n", "5:7: bots: expected a mapping of names, got a list"),
        (
            "defaults: {account: amce}\n",
            "5:21: defaults.account: unknown account 'amce'; did you mean 'acme'?",
        ),
        ("defaults: {bot: one}\n", "5:17: defaults.bot: unknown bot 'one'"),
        ("defaults: {chanel: sms}\n", "5:12: unknown key 'chanel' in defaults; did you mean 'channel'?"),
        (
            "settings: {concurency: 3}\n",
            "5:12: unknown key 'concurency' in settings; did you mean 'concurrency'?",
        ),
        ("settings: 3\n", "5:11: settings: expected a mapping, got text"),
        ("concurrency: 3\n", "5:1: unknown key 'concurrency' in the manifest; it belongs into 'settings'"),
        (
            "name: 3\n  4\n",
            "5:7: name: expected letters, digits, '.', '_' and '-', up to 100, starting with a",
        ),
    ],
)
def test_a_mistake_is_told_once_at_its_place(folder, rest, message):
    (line,) = folder.problems(manifest(rest=rest))
    assert line.startswith(f"m.yaml:{message}")


def test_broken_parts_do_not_make_their_names_unknown(folder):
    lines = folder.problems(
        "version: 1\n"
        "defaults: {account: beta, channel: fax}\n"
        "accounts:\n"
        "  acme: {id: a/b, host: 'https://h.example', client_id: c, client_secret: '${X}'}\n"
        "  beta: oops\n"
        "bots:\n"
        "  one: {account: acme, stream: 's t'}\n"
        "  two: {account: beta, stream: s}\n"
        "campaigns:\n"
        "  - {bot: one, campaign: c}\n"
        "  - {bot: two, campaign: c}\n"
        "  - {account: acme, stream: s, campaign: c}\n"
        "  - {stream: s, campaign: c}\n"
    )
    assert [line.split(": ")[1] for line in lines] == [
        "defaults.channel",
        "accounts.acme.id",
        "accounts.beta",
        "bots.one.stream",
    ]


@pytest.mark.parametrize("wrong", ["acounts: {}", "accounts: []"])
def test_accounts_that_cannot_be_read_leave_no_campaign_without_one(folder, wrong):
    lines = folder.problems(f"version: 1\n{wrong}\nbots: {{one: {{account: acme, stream: s}}}}\n{USE}")
    assert len(lines) == 1
