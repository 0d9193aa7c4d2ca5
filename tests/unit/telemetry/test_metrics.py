"""`--metrics`: what the real parser reads from it."""

import stat
import threading

import pytest
from prometheus_client.parser import text_string_to_metric_families

from launcher.errors import UsageError
from launcher.journal.events import LaunchPlanned
from launcher.telemetry.metrics_file import MetricsFile, check_metrics
from launcher.telemetry.metrics_text import Observed, exposition, last_successes, metrics


def parsed(text):
    """Samples by name and labels; the parser raises for what is not the format."""
    found = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation
        for sample in family.samples:
            key = sample.name, tuple(sorted(sample.labels.items()))
            assert key not in found, "a sample twice, for which the collector refuses the file"
            found[key] = sample.value
    return found


def value(samples, name, **labels):
    (found,) = [
        value
        for (sample, its_labels), value in samples.items()
        if sample == name and labels.items() <= dict(its_labels).items()
    ]
    return found


def observed(world, summary, *, rehearsal=False, plan="nightly"):
    return Observed(summary, plan, world.T0, rehearsal)


def written(world, path, exit_code, *, now=None, **changes):
    summary = world.opening(4)
    file = MetricsFile(
        str(path), observed(world, summary, **changes), now=lambda: world.T0 + 61 if now is None else now
    )
    assert world.play(summary, file, exit_code=exit_code) == [None]
    return parsed(path.read_text())


def test_the_counts_of_a_run(world, tmp_path):
    samples = written(world, tmp_path / "m.prom", 4)
    launches = {
        dict(labels)["result"]: number
        for (name, labels), number in samples.items()
        if name == "launcher_launches"
    }
    assert launches == {
        "started": 1,
        "already_active": 0,
        "rejected": 1,
        "failed": 1,
        "unknown": 0,
        "not_attempted": 1,
        "pending": 0,
    }
    run = "nightly-2026-11-23"
    assert value(samples, "launcher_requests_total", run=run, account="acme") == 6
    assert value(samples, "launcher_throttled_total", run=run, account="acme") == 1
    assert value(samples, "launcher_run_exit_code", run=run) == 4
    assert value(samples, "launcher_run_halted", run=run) == 1
    assert value(samples, "launcher_run_active", run=run) == 0
    assert value(samples, "launcher_run_duration_seconds", run=run) == 60
    assert value(samples, "launcher_run_end_timestamp_seconds", run=run) == world.T0 + 60
    assert value(samples, "launcher_run_info", plan="nightly", version="0.1.0") == 1


def test_types_are_what_names_promise(world):
    text = exposition(metrics(observed(world, world.opening(1)), world.T0 + 1, {}, over=False))
    for family in text_string_to_metric_families(text):
        counter = any(sample.name.endswith("_total") for sample in family.samples)
        assert family.type == ("counter" if counter else "gauge")


def test_while_it_runs_launches_are_pending_and_there_is_no_exit_code(world):
    samples = parsed(exposition(metrics(observed(world, world.opening(3)), world.T0 + 7.25, {}, over=False)))
    assert value(samples, "launcher_launches", result="pending") == 3
    assert value(samples, "launcher_run_active") == 1
    assert value(samples, "launcher_run_duration_seconds") == 7.25
    assert not any(name == "launcher_run_exit_code" for name, _ in samples)


def test_a_run_that_broke_off_is_over_without_an_exit_code(world, tmp_path):
    samples = written(world, tmp_path / "m.prom", None)
    assert value(samples, "launcher_run_active") == 0
    assert not any(name == "launcher_run_exit_code" for name, _ in samples)


def test_labels_come_back_as_they_were(world):
    name = 'a\\b"c\nd\\n{x="y"}, 1'
    summary = world.opening(1, key=name, account=name)
    samples = parsed(exposition(metrics(observed(world, summary, plan=name), world.T0, {}, over=True)))
    assert value(samples, "launcher_requests_total", run=name, account=name) == 0
    assert value(samples, "launcher_run_info", plan=name) == 1


def test_half_a_letter_is_written_as_an_escape(world):
    summary = world.opening(1, account=world.HOSTILE)
    text = exposition(metrics(observed(world, summary), world.T0, {}, over=True))
    assert "\\\\ud800" in text
    parsed(text.encode("utf-8").decode())


def test_one_name_with_two_ids_is_one_sample(world):
    summary = world.opening(1)
    other = world.planned(0).identity._replace(account_id="id-other", campaign_id="cd-9")
    summary.apply(LaunchPlanned(9, 9, other, "acme", None, None))
    samples = parsed(exposition(metrics(observed(world, summary), world.T0, {}, over=True)))
    assert value(samples, "launcher_launches", account="acme", result="pending") == 2


def test_the_last_success_outlives_runs_that_fail(world, tmp_path):
    path = tmp_path / "m.prom"
    name = "launcher_last_success_timestamp_seconds"
    assert value(written(world, path, 0), name, plan="nightly") == world.T0 + 60
    assert value(written(world, path, 3, now=world.T0 + 9_999), name, plan="nightly") == world.T0 + 60


def test_a_rehearsal_is_no_success(world, tmp_path):
    samples = written(world, tmp_path / "m.prom", 0, rehearsal=True)
    assert not any(name == "launcher_last_success_timestamp_seconds" for name, _ in samples)
    assert value(samples, "launcher_run_info", rehearsal="true") == 1


def test_the_last_success_of_a_plan_with_a_difficult_name_is_found_again(world):
    name = 'a\\n"b\nc'
    text = exposition(metrics(observed(world, world.opening(1)), world.T0, {name: 5.5}, over=False))
    assert last_successes(text) == {name: 5.5}
    assert last_successes("anything else\n") == {}


def test_the_file_is_written_while_the_run_goes_on_and_nothing_is_left_beside_it(world, tmp_path):
    path = tmp_path / "m.prom"
    summary, again = world.opening(4), threading.Event()
    looks = []

    def now():
        looks.append(1)
        if len(looks) > 2:
            again.set()
        return world.T0

    file = MetricsFile(str(path), observed(world, summary), now=now, interval=0.01)
    assert again.wait(10)
    assert value(parsed(path.read_text()), "launcher_run_active") == 1
    file.close()
    assert file.wait(10) is None
    assert [each.name for each in tmp_path.iterdir()] == ["m.prom"]


def test_the_collector_may_read_it(world, tmp_path):
    written(world, tmp_path / "m.prom", 0)
    assert stat.S_IMODE((tmp_path / "m.prom").stat().st_mode) & stat.S_IRUSR


def test_a_directory_that_goes_away_costs_the_file_only(world, tmp_path):
    directory = tmp_path / "textfile"
    directory.mkdir()
    summary = world.opening(4)
    file = MetricsFile(str(directory / "m.prom"), observed(world, summary), interval=30)
    while not list(directory.glob("m.prom")):
        pass
    (directory / "m.prom").unlink()
    directory.rmdir()
    (trouble,) = world.play(summary, file)
    assert trouble == "the last state was not written: its directory does not exist; create it first"


@pytest.mark.parametrize("path", ["missing/m.prom", ".", "/dev/null", "a\0b"])
def test_what_cannot_be_written_is_found_before_the_run(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="cannot write metrics to"):
        check_metrics(path)
    assert list(tmp_path.iterdir()) == []
