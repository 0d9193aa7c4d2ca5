import pytest

from launcher.errors import UsageError
from launcher.sandbox.calls import Operation
from launcher.sandbox.faults import FAULTS
from launcher.sandbox.scenarios import SCENARIOS, Rule, read_rule, read_scenario


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("5xx-after", Rule("5xx-after")),
        ("5xx-after:0.25", Rule("5xx-after", rate=0.25)),
        ("hang-before@2", Rule("hang-before", seconds=2.0)),
        ("status/latency@0.5:1", Rule("latency", Operation.STATUS, 0.5, 1.0)),
        ("stop/409", Rule("409", Operation.STOP)),
        ("start/409:.5", Rule("409", rate=0.5)),
    ],
)
def test_a_rule_is_read_as_it_is_written(text, rule):
    assert read_rule(text) == rule
    assert read_rule(str(rule)) == rule


def test_every_label_is_a_scenario_of_its_own():
    for label in FAULTS:
        assert read_scenario(label).rules == (Rule(label),)


def test_named_scenarios_are_found_by_their_name():
    assert {"none", "faults", "demo"} <= set(SCENARIOS)
    for name, scenario in SCENARIOS.items():
        assert read_scenario(name) is scenario


def test_rules_may_be_given_as_a_mapping_to_their_rates():
    scenario = read_scenario({"5xx-after": 0.5, "status/reset-before": 1, "429-seconds@3": None})
    assert scenario.rules == (
        Rule("5xx-after", rate=0.5),
        Rule("reset-before", Operation.STATUS, rate=1),
        Rule("429-seconds", seconds=3.0),
    )


@pytest.mark.parametrize(
    ("faults", "message"),
    [
        ("fautls", "did you mean 'faults'"),
        ("5xx-afte:0.5", "did you mean '5xx-after'"),
        ("", "not of the form"),
        ("5xx-after:", "not of the form"),
        ("play/409", "unknown operation 'play'"),
        ("409:1.5", "between 0 and 1"),
        ("409:1.2.3", "is not a number"),
        ("409:0.6,404:0.6", "add up to 1.2"),
        ({"409": -1}, "between 0 and 1"),
        ({"409": 0.6, "404": 0.6}, "add up to 1.2"),
        ("qqqqqq", "there are none, faults, demo, .* and the labels of"),
    ],
)
def test_a_scenario_that_means_nothing_is_refused_with_a_sentence(faults, message):
    with pytest.raises(UsageError, match=message) as caught:
        read_scenario(faults)
    assert "\n" not in str(caught.value)


def test_the_rates_of_the_nasty_mix_leave_most_starts_alone():
    rates = [rule.rate for rule in SCENARIOS["faults"].rules if rule.operation is Operation.START]
    assert 0.35 < sum(rates) < 0.45


def test_the_nasty_mix_has_every_fault_but_the_one_that_no_client_can_survive():
    used = {rule.label for rule in SCENARIOS["faults"].rules}
    assert set(FAULTS) - used == {"late-start"}
    assert all(rule.seconds for rule in SCENARIOS["faults"].rules if rule.label.startswith("hang"))


def test_the_demo_never_waits_for_long():
    assert all((rule.seconds or 0) <= 2 for rule in SCENARIOS["demo"].deck)
    assert "hang-before" not in {rule.label for rule in SCENARIOS["demo"].deck}
