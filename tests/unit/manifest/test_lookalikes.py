import pytest

from launcher.manifest.lookalikes import lookalikes
from launcher.manifest.model import Account, Manifest, Quota, Settings


def account(name: str, number: str, host: str) -> Account:
    return Account(name, number, host, None, (Quota(60, 60.0),))


def manifest(*accounts: Account) -> Manifest:
    return Manifest("m", "m.yaml", "", Settings(), {each.name: each for each in accounts}, {}, ())


def test_one_id_under_two_hosts_is_told_with_both_names():
    [told] = lookalikes(
        manifest(
            account("a", "1" * 24, "http://127.0.0.1:80"),
            account("other", "2" * 24, "http://127.0.0.1:80"),
            account("b", "1" * 24, "http://localhost:80"),
        )
    )
    assert "'a' on http://127.0.0.1" in told
    assert "'b' on http://localhost" in told
    assert "other" not in told


@pytest.mark.parametrize("again", ["https://platform.kore.ai/", "HTTPS://Platform.Kore.ai:443"])
def test_two_names_for_one_account_share_budget_and_identity_and_are_no_matter(again):
    accounts = account("a", "1" * 24, "https://platform.kore.ai"), account("b", "1" * 24, again)
    assert lookalikes(manifest(*accounts)) == []
