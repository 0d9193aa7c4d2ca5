"""`preflight` and `expect`: what a run makes sure of before it starts anything."""

import json

import pytest

STATES = ["Ready", "Active", "Scheduled", "Completed"]


@pytest.fixture
def server(serve):
    return serve()


@pytest.fixture
def manifest(server, write_manifest):
    def write(policy=None, **changes):
        settings = {"preflight": policy} if policy is not None else {}
        path = write_manifest(server.url, {"a": 4}, settings=settings, **changes)
        for number, state in enumerate(STATES):
            server.listed["st-a"].append({"id": f"cd-a-{number:03}"})
            server.state[f"cd-a-{number:03}"] = state
        return path

    return write


def started(server):
    return sorted(campaign[-1] for campaign in server.starts)


def test_launches_in_other_states_are_left_out_with_the_reason(launcher, server, manifest):
    done = launcher("run", manifest({}), "--yes", "--json")
    assert done.code == 7
    assert started(server) == ["0", "3"]
    assert [(each["result"], each["reason"]) for each in done.report["campaigns"]] == [
        ("started", None),
        ("not_attempted", "preflight: its state is Active, allowed are Ready, Stopped, Completed"),
        ("not_attempted", "preflight: its state is Scheduled, allowed are Ready, Stopped, Completed"),
        ("started", None),
    ]
    assert "preflight: 2 of 4 launches are left out" in done.err
    assert len(server.requests) == 3


def test_the_states_allowed_are_the_operators_choice(launcher, server, manifest):
    assert launcher("run", manifest({"allow": ["Ready", "Scheduled"]}), "--yes").code == 7
    assert started(server) == ["0", "2"]


def test_with_fail_the_run_is_refused_and_nothing_is_started(launcher, server, manifest):
    done = launcher("run", manifest({"on_other": "fail"}), "--yes")
    assert done.code == 5
    assert "preflight refuses the run for 2 of 4 launches: cd-a-001: its state is Active" in done.err
    assert server.starts == {}


def test_with_fail_and_all_in_order_the_run_goes_on_also_a_second_time(launcher, server, manifest):
    path = manifest({"on_other": "fail"})
    for number in range(4):
        server.state[f"cd-a-{number:03}"] = "Ready"
    assert launcher("run", path, "--yes", "--key", "k").code == 0
    assert launcher("run", path, "--yes", "--key", "k").code == 0  # now Active, by its own doing
    assert set(server.starts.values()) == {1}


def test_what_was_left_out_is_started_once_its_state_allows_it(launcher, server, manifest):
    path = manifest({})
    assert launcher("run", path, "--yes", "--key", "k").code == 7
    server.state["cd-a-001"] = server.state["cd-a-002"] = "Ready"
    assert launcher("run", path, "--yes", "--key", "k").code == 0
    assert set(server.starts.values()) == {1}
    assert started(server) == ["0", "1", "2", "3"]


def test_a_campaign_that_is_gone_or_cannot_be_read_is_left_out(launcher, server, manifest):
    path = manifest({})
    del server.listed["st-a"][0]
    server.faults["cd-a-000"] = ["404"]
    done = launcher("run", path, "--yes", "--json")
    assert done.report["campaigns"][0]["reason"].startswith("preflight: there is no such campaign; HTTP 404")
    server.faults["getAllCampaignDetails"] = ["403"]
    again = launcher("run", path, "--yes", "--json", "--key", "other")
    assert again.report["totals"]["started"] == 0
    assert "could not be read; HTTP 403" in again.report["campaigns"][0]["reason"]


def test_an_override_of_the_cooldown_is_no_override_of_the_preflight(launcher, server, manifest):
    path = manifest({})
    assert launcher("run", path, "--yes", "--key", "k").code == 7
    again = launcher(
        "run", path, "--yes", "--json", "--key", "l", "--allow-restart", "cd-a-000", "--reason", "again"
    )
    assert "its state is Active" in again.report["campaigns"][0]["reason"]
    assert set(server.starts.values()) == {1}


def test_the_look_before_the_run_counts_against_the_budget(launcher, serve, write_manifest):
    server = serve(limit=3, window=2.0)
    manifest = write_manifest(server.url, {"a": 5}, budget="3/2s", settings={"preflight": {}})
    server.listed["st-a"] = [{"id": f"cd-a-{number:03}"} for number in range(5)]
    assert launcher("run", manifest, "--yes").code == 0
    assert (len(server.starts), server.throttled["id-a"]) == (5, 0)


def test_a_rehearsal_takes_all_for_ready(launcher, manifest):
    assert launcher("run", manifest({"on_other": "fail"}), "--sandbox").code == 0


@pytest.mark.parametrize(("on_other", "code"), [("skip", 10), ("fail", 5)])
def test_a_live_plan_knows_the_policy(launcher, server, manifest, on_other, code):
    path = manifest({"on_other": on_other})
    done = launcher("plan", path, "--live", "--json", "--detailed-exitcode")
    assert done.code == code
    told = json.loads(done.out)
    assert [each["finding"] for each in told["launches"]] == [
        "will_start",
        "already_active",
        "scheduled",
        "completed",
    ]
    assert ["preflight" in each["also"] for each in told["launches"]] == [False, True, True, False]
    assert told["totals"]["requests"] == 2


@pytest.mark.parametrize("verb", [("run", "--yes"), ("run", "--dry-run"), ("plan", "--out", "p.json")])
def test_another_number_of_campaigns_is_refused_and_nothing_is_sent(launcher, server, manifest, verb):
    path = manifest(expect={"count": 312, "max_per_account": 3})
    done = launcher(verb[0], path, *verb[1:])
    assert done.code == 5
    assert "4 campaigns instead of 312; 4 campaigns of account a, at most 3 are expected" in done.err
    assert server.requests == []


def test_a_selection_does_not_change_what_is_expected(launcher, server, manifest):
    path = manifest(expect={"count": 4})
    assert launcher("run", path, "--yes", "--select", "campaign:*0").code == 0
    assert launcher("validate", path).code == 0


def test_validate_and_plan_say_that_a_run_would_be_refused(launcher, manifest):
    path = manifest(expect={"count": 5})
    done = launcher("validate", path)
    assert (done.code, "a run would be refused" in done.err) == (5, True)
    as_json = launcher("validate", path, "--json")
    assert as_json.code == 5
    assert json.loads(as_json.out)["valid"] is False
    assert "4 campaigns instead of 5" in json.loads(as_json.out)["problems"][0]
    shown = launcher("plan", path)
    assert (shown.code, "a run would be refused" in shown.err) == (0, True)
    assert launcher("plan", path, "--live", "--detailed-exitcode").code == 5
