"""`launcher doctor`: one line a check, and an exit code for scripts."""

import json

import pytest

MANIFEST = """
version: 1
accounts: {acme: {id: a1, host: 'https://kore.invalid', client_id: cs-1, client_secret: '${NO_SUCH}'}}
campaigns: [{account: acme, stream: st-1, campaign: cd-1}]
"""


@pytest.fixture
def manifest(tmp_path):
    (tmp_path / "m.yaml").write_text(MANIFEST)
    return "m.yaml"


def test_a_healthy_rehearsal_is_exit_0(launcher, manifest):
    done = launcher("doctor", "--sandbox", manifest)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1].startswith("no problems, no warnings, ")


def test_a_problem_is_exit_1_and_says_what_to_do(launcher, manifest, tmp_path):
    done = launcher("doctor", manifest)
    assert done.code == 1
    lines = [line for line in done.out.splitlines() if line.startswith("problem")]
    assert any("dns" in line and "check the name and the network" in line for line in lines)
    assert any("NO_SUCH" in line for line in lines)
    assert list(tmp_path.glob("*.sqlite3*")) == []


def test_json_has_the_same_findings(launcher, manifest):
    done = launcher("doctor", manifest, "--json")
    told = json.loads(done.out)
    assert (told["schema"], told["healthy"]) == ("launcher.doctor/1", False)
    assert {each["check"] for each in told["checks"] if each["level"] == "problem"} == {"dns", "secret"}
    assert all(each["message"] for each in told["checks"])


def test_a_manifest_that_is_not_valid_is_a_finding_with_its_position(launcher, tmp_path):
    (tmp_path / "m.yaml").write_text(MANIFEST.replace("campaign:", "campain:"))
    done = launcher("doctor", "m.yaml")
    assert done.code == 1
    assert "problem  manifest     m.yaml:4:" in done.out
    assert "did you mean 'campaign'?" in done.out


def test_a_scenario_that_is_not_there_is_a_usage_error(launcher, manifest):
    done = launcher("doctor", manifest, "--sandbox=fautls")
    assert done.code == 2
    assert "did you mean 'faults'?" in done.err


def test_a_misbehaving_sandbox_is_found_out(launcher, manifest):
    assert launcher("doctor", manifest, "--sandbox=status/401").code == 1


def test_a_list_of_unexpected_size_is_found(launcher, tmp_path):
    (tmp_path / "m.yaml").write_text(MANIFEST + "expect: {count: 312}\n")
    done = launcher("doctor", "--sandbox", "m.yaml")
    assert done.code == 1
    assert "problem  expect" in done.out
