"""The plan on a terminal."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from launcher.engine.forecast import forecast
from launcher.manifest.model import Quota
from launcher.report.plan_table import ACCOUNTS_SHOWN, plan_table


def shown(plan, width=80, **options):
    out = io.StringIO()
    Console(file=out, width=width).print(plan_table(plan, forecast(plan, now=0.0), **options))
    return out.getvalue()


def test_each_account_tells_what_it_has_to_do_and_when_that_can_be_done(make_plan):
    plan = make_plan({"acme": 61, "beta": 2}, (Quota(60, 60.0), Quota(1800, 3600.0)), concurrency=100)

    lines = [" ".join(line.split()) for line in shown(plan).splitlines()]

    assert lines[0] == "nightly: 63 launches over 2 accounts, done in 1 min 01 s, if nothing goes wrong"
    assert "account launches requests budget finish" in lines
    assert "acme 61 61 60/60s, 1800/1h 1 min 01 s" in lines
    assert "beta 2 2 60/60s, 1800/1h 0.3 s" in lines


def test_a_wide_terminal_has_a_column_for_every_part(make_plan):
    text = shown(make_plan({"acme": 1}, bot="billing", tags=("q4", "due"), name="Renewal"), 120)

    assert "account  bot      campaign" in text
    assert "acme     billing  cd-00000000-3682-5e72-a839-af9e0711aaaa  Renewal  q4 due" in text


def test_a_narrow_terminal_still_shows_every_id_whole(make_plan):
    plan = make_plan(
        {"an-account-name": 2}, bot="a-bot-name", tags=("q4",), name="A rather long name of a campaign"
    )

    lines = shown(plan).splitlines()

    for launch in plan.launches:
        (line,) = [line for line in lines if launch.identity.campaign_id in line]
        assert line.startswith("an-account")
        assert "A rather" in line
    assert max(map(len, lines)) <= 80


def test_a_very_long_id_is_folded_rather_than_cut(make_plan):
    plan = make_plan({"acme": 1})
    launch = plan.launches[0]
    long = replace(launch, identity=launch.identity._replace(campaign_id="x" * 200))

    text = shown(replace(plan, launches=(long,)))

    assert text.count("x") == 200


def test_the_channel_is_told_when_it_is_not_sms(make_plan):
    plan = make_plan({"acme": 2})
    first, second = plan.launches
    plan = replace(
        plan, launches=(first, replace(second, identity=second.identity._replace(channel="voice")))
    )

    assert "voice" in shown(plan)
    assert "voice" in shown(plan, 140)
    assert "channel" not in shown(make_plan({"acme": 2}), 140)


def test_a_long_list_is_cut_with_a_hint(make_plan):
    text = shown(make_plan({"acme": 1234}), limit=3)

    assert text.count("cd-0") == 3
    assert "and 1,231 more launches (all of them: --json)" in text


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_short_list_is_not_cut(make_plan, count):
    assert "more" not in shown(make_plan({"acme": count}), limit=3)


def test_many_accounts_are_cut_to_the_slowest(make_plan):
    counts = {f"account-{n:03d}": 1 for n in range(ACCOUNTS_SHOWN + 5)} | {"slow": 61}

    text = shown(make_plan(counts), limit=0)

    assert "slow" in text
    assert "and 6 more" in text


def test_names_cannot_write_on_the_terminal(make_plan):
    text = shown(make_plan({"[bold]a[/]": 1}, bot="\x1b[31mb", name="[red]c[/]", tags=("[/d]",)), 160)

    assert "\x1b" not in text
    for harmless in ("[bold]a[/]", "\\x1b[31mb", "[red]c[/]", "[/d]"):
        assert harmless in text
