"""SIGKILL at every journal write and every await around a request, then the same command again."""

import re

import pytest
from fault_audit import audit
from fault_manifest import manifest
from fault_process import Launchers

FAULTS = ("", "503-after", "reset-before", "401", "truncated-after")
"""What the first start of each campaign of a run meets."""
AT_ONCE = 8
CHOSEN = """
    SQL in migrate/return  SQL in _insert_run/return  _Taken._save_launches/return  open_run/return
    Run._claim/call  SqliteRunJournal.claim/return  Run._claim/return
    Session.put/return  SQL in write/call  SQL in write/return
    SQL in commit/call  SQL in commit/return  Files.check/return  Writer._settle/return
    _Posted.answer/call  Conductor.granted/return  Run._work/call  KoreClient.start/call
    TCPConnector.connect/return  ClientRequest.send/call  ClientRequest.write_bytes/return
    ClientRequest.send/return  ClientResponse.start/call  ClientResponse.start/return
    Transport.exchange/return  Run._send/return  Conductor.on_outcome/return
    SqliteRunJournal.append/return  KoreClient.read_status/call  Conductor.on_reading/return
    Run._leave_nothing_open/call  Session._record/return  SqliteRunJournal.close/call
"""
SHARDS = 16


class Scene:
    """A run of its own: folder, journal, campaigns."""

    def __init__(self, base, zygote, server, point):
        self.point = point
        self.server = server
        folder = base / re.sub(r"\W+", "-", point)
        folder.mkdir()
        self.launchers = Launchers(folder, zygote)
        self.campaigns = [f"{folder.name}-{number}" for number in range(len(FAULTS))]
        for campaign, fault in zip(self.campaigns, FAULTS, strict=True):
            server.faults[campaign] = [fault] if fault else []
        settings = {"concurrency": 2, "reconcile": {"settle": "50ms", "interval": "50ms"}}
        self.manifest = manifest(folder, server.url, self.campaigns, settings=settings)

    def start(self, **environment):
        return self.launchers.start("run", self.manifest, "--yes", "--json", "--key", "k", env=environment)

    def verdict(self, finished):
        """What is wrong after the last run; None when all is well."""
        try:
            assert finished.code == 0, finished.err
            assert set(finished.results.values()) == {"started"}
            assert [self.server.starts[campaign] for campaign in self.campaigns] == [1] * len(FAULTS)
            audit(self.launchers.journal, self.server)
        except AssertionError as error:
            return f"{self.point}: {error}"
        return None


def points_of(scene):
    """Every point that one undisturbed run reaches."""
    finished = scene.start(KILLPOINT_LOG="points.txt").wait()
    assert scene.verdict(finished) is None
    return (scene.launchers.folder / "points.txt").read_text().split("\n")[:-1]


def sweep(scenes, stop="SIGKILL", codes=(-9, 0)):
    """Stop each run at its point, and what resumes it there, too; then let it finish. Troubles and stops."""
    troubles, stops = [], 0
    for first in range(0, len(scenes), AT_ONCE):
        batch = scenes[first : first + AT_ONCE]
        for _ in range(2):
            ended = [scene.start(KILLPOINT=scene.point, KILLPOINT_SIGNAL=stop) for scene in batch]
            troubles += [
                f"{scene.point}: {each.code} {each.err}"
                for scene, each in zip(batch, ended, strict=True)
                if each.wait().code not in codes or "Traceback" in each.err
            ]
            stops += sum(each.code != 0 for each in ended)
            batch[0].server.settle()
        finished = [scene.start() for scene in batch]
        troubles += [scene.verdict(each.wait()) for scene, each in zip(batch, finished, strict=True)]
    return [trouble for trouble in troubles if trouble is not None], stops


@pytest.fixture
def scene(tmp_path, zygote, serve):
    """Make a scene for a point, all with the same server."""
    server = serve()
    return lambda point: Scene(tmp_path, zygote, server, point)


def test_killed_in_the_middle_of_anything_a_run_goes_on_and_starts_nothing_twice(scene):
    points = points_of(scene("undisturbed"))
    chosen = []
    for place in re.split(r"\s{2,}", CHOSEN.strip()):
        found = [point for point in points if point.startswith(f"{place}#")]
        assert found, f"nothing reaches {place} any more"
        chosen.append(found[len(found) // 2])
    troubles, kills = sweep([scene(point) for point in chosen])
    assert troubles == []
    assert kills >= len(chosen)


@pytest.mark.soak
@pytest.mark.parametrize("shard", range(SHARDS))
def test_killed_at_every_single_point_a_run_goes_on_and_starts_nothing_twice(scene, shard):
    points = points_of(scene("undisturbed"))[shard::SHARDS]
    troubles, kills = sweep([scene(point) for point in points])
    assert troubles == []
    # How often a coroutine is woken depends on the network: a late point may never come.
    assert kills > len(points) * 0.9


@pytest.mark.soak
@pytest.mark.parametrize("shard", range(SHARDS))
def test_terminated_at_every_single_point_a_run_ends_with_its_code_and_goes_on(scene, shard):
    points = points_of(scene("undisturbed"))[shard::SHARDS]
    # Before there is a run, and after its end, the signal just ends the process.
    troubles, stops = sweep([scene(point) for point in points], "SIGTERM", (143, -15, 0))
    assert troubles == []
    assert stops > len(points) * 0.9
