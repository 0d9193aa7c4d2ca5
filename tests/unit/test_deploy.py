"""What deploy/ and the runbook hold is parsed by the tools that read it, and its commands by the launcher."""

import configparser
import fnmatch
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import pytest
import yaml

from launcher.cli.main import build_parser
from launcher.cli.options import SCENARIO

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CRON = (DEPLOY / "cron/launcher").read_text()
UNITS = {path.name: path.read_text() for path in (DEPLOY / "systemd").iterdir()}
SERVICE, TIMER = UNITS["launcher-nightly.service"], UNITS["launcher-nightly.timer"]
OBJECTS = list(yaml.safe_load_all((DEPLOY / "kubernetes/cronjob.yaml").read_text()))
DOCKERFILE = (DEPLOY / "docker/Dockerfile").read_text()
IGNORED = (DEPLOY / "docker/Dockerfile.dockerignore").read_text()
RUNBOOK = (ROOT / "docs/runbook.md").read_text()
REQUEST_TIMEOUT = 30
"""Seconds, the default of a manifest."""


def cron_jobs():
    """Yield the five fields, the user and the command of every job, as cron reads them."""
    for line in CRON.splitlines():
        if line.strip() and not line.startswith("#") and not re.match(r"\w+\s*=", line):
            *fields, user, command = line.split(maxsplit=6)
            assert re.search(r"(?<!\\)%", command) is None, "cron ends the line at a bare percent sign"
            yield fields, user, command.replace("\\%", "%")


def units(text):
    parser = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes=("#",))
    parser.optionxform = str
    parser.read_string(text)
    return {name: dict(parser[name]) for name in parser.sections()}


def instructions():
    """Yield every instruction of the Dockerfile with its arguments."""
    joined = re.sub(r"\\\n\s*", "", re.sub(r"(?m)^\s*#.*\n", "", DOCKERFILE))
    for line in filter(str.strip, joined.splitlines()):
        word, _, rest = line.partition(" ")
        yield word, rest


def pod():
    (job,) = [one for one in OBJECTS if one["kind"] == "CronJob"]
    return job["spec"], job["spec"]["jobTemplate"]["spec"]["template"]["spec"]


def command_lines():
    """Every command line of the launcher that deploy/ and the runbook tell people or machines to run."""
    lines = [
        command[command.index("launcher run") :] for _, _, command in cron_jobs() if "launcher run" in command
    ]
    lines.append(units(SERVICE)["Service"]["ExecStart"])
    lines.append(shlex.join(["launcher", *pod()[1]["containers"][0]["args"]]))
    lines += ["launcher " + line.split(" launcher ", 1)[1] for line in docker_runs()]
    lines += re.findall(r"^\$ (launcher .*?)(?:\s+#.*)?$", RUNBOOK, re.MULTILINE)
    lines += [line for line in re.findall(r"`(launcher [^`…]*)`", RUNBOOK) if "KEY" not in line]
    return lines


def docker_runs():
    text = re.sub(r"\\\n#\s*", "", DOCKERFILE)
    return re.findall(r"#\s+docker run (.*)", text)


@pytest.mark.parametrize("line", command_lines())
def test_every_command_line_is_one_that_the_launcher_understands(line):
    words = shlex.split(line.replace("$(date +%F)", "2026-11-23"))
    assert Path(words[0]).name == "launcher"
    arguments = [SCENARIO if word == "--sandbox" else word for word in words[1:]]
    if arguments in (["stop"], ["validate"], ["doctor"]):  # the verb alone, named in a sentence
        arguments += ["something"]
    build_parser().parse_args(arguments)


def test_the_list_of_command_lines_is_not_empty_by_mistake():
    assert len(command_lines()) > 15


FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def test_cron_lines_have_a_time_a_user_and_a_command():
    jobs = list(cron_jobs())
    assert len(jobs) == 2
    for fields, user, command in jobs:
        for field, (low, high) in zip(fields, FIELDS, strict=True):
            assert field == "*" or all(low <= int(part) <= high for part in re.split("[-,]", field)), field
        assert re.fullmatch(r"[a-z]+", user)
        assert subprocess.run(["sh", "-n", "-c", command], check=False).returncode == 0


def test_crons_file_can_be_found_by_cron_and_ends_its_last_line():
    assert re.fullmatch(r"[A-Za-z0-9_-]+", next((DEPLOY / "cron").iterdir()).name)
    assert CRON.endswith("\n")


KEYS = {
    "Unit": {"Description", "Wants", "After"},
    "Service": {
        *("Type", "User", "Group", "EnvironmentFile", "Environment", "StateDirectory", "StateDirectoryMode"),
        *(
            "ExecStart",
            "KillMode",
            "KillSignal",
            "TimeoutStopSec",
            "TimeoutStartSec",
            "Restart",
            "RestartSec",
        ),
        *("RestartPreventExitStatus", "NoNewPrivileges", "ProtectSystem", "ProtectHome", "PrivateTmp"),
        *("PrivateDevices", "ProtectKernelTunables", "ProtectControlGroups", "RestrictSUIDSGID"),
        *("LimitNOFILE", "UMask"),
    },
    "Timer": {"OnCalendar", "Persistent", "AccuracySec", "RandomizedDelaySec"},
    "Install": {"WantedBy"},
}
"""What systemd.unit(5), .service(5), .exec(5), .kill(5) and .timer(5) define, as far as it is used here."""


@pytest.mark.parametrize("name", UNITS)
def test_units_hold_only_keys_that_systemd_knows(name):
    for section, keys in units(UNITS[name]).items():
        assert set(keys) <= KEYS[section]


def test_systemd_itself_accepts_the_units(tmp_path):
    tool = shutil.which("systemd-analyze")
    if tool is None:  # a machine without systemd: the strict check above has to do
        assert set(units(SERVICE)) == {"Unit", "Service"}
        return
    for name, text in UNITS.items():
        (tmp_path / name).write_text(text.replace("/opt/launcher/bin/launcher", "/bin/true"))
    paths = [str(tmp_path / name) for name in UNITS]
    done = subprocess.run([tool, "verify", *paths], capture_output=True, text=True, check=False)
    assert (done.returncode, [line for line in done.stderr.splitlines() if str(tmp_path) in line]) == (0, [])
    calendar = units(TIMER)["Timer"]["OnCalendar"]
    assert subprocess.run([tool, "calendar", calendar], capture_output=True, check=False).returncode == 0


def test_the_service_drains_and_does_not_restart_what_asks_for_a_person():
    service = units(SERVICE)["Service"]
    assert int(service["TimeoutStopSec"]) > 2 * REQUEST_TIMEOUT
    assert service["Restart"] == "on-abnormal"
    assert set(service["RestartPreventExitStatus"].split()) >= {"1", "2", "3", "4", "5", "7"}
    assert service["KillMode"] == "mixed"
    assert units(TIMER)["Timer"]["Persistent"] == "false"


def closed(properties, required=()):
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


TEXT, NUMBER, FLAG = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
QUANTITIES = closed({"cpu": TEXT, "memory": TEXT, "storage": TEXT})
RESOURCES = closed({"requests": QUANTITIES, "limits": QUANTITIES})
NAME = closed({"name": TEXT}, ["name"])
CONTAINER = closed(
    {
        "name": TEXT,
        "image": TEXT,
        "args": {"type": "array", "items": TEXT},
        "env": {"type": "array", "items": closed({"name": TEXT, "value": TEXT}, ["name", "value"])},
        "envFrom": {"type": "array", "items": closed({"secretRef": NAME}, ["secretRef"])},
        "securityContext": closed(
            {
                "allowPrivilegeEscalation": FLAG,
                "readOnlyRootFilesystem": FLAG,
                "capabilities": closed({"drop": {"type": "array", "items": TEXT}}),
            }
        ),
        "resources": RESOURCES,
        "volumeMounts": {
            "type": "array",
            "items": closed({"name": TEXT, "mountPath": TEXT, "readOnly": FLAG}, ["name", "mountPath"]),
        },
    },
    ["name", "image"],
)
POD = closed(
    {
        "restartPolicy": {"enum": ["Never", "OnFailure"]},
        "terminationGracePeriodSeconds": NUMBER,
        "automountServiceAccountToken": FLAG,
        "securityContext": closed(
            {
                "runAsNonRoot": FLAG,
                "runAsUser": NUMBER,
                "fsGroup": NUMBER,
                "seccompProfile": closed({"type": {"enum": ["RuntimeDefault"]}}, ["type"]),
            }
        ),
        "containers": {"type": "array", "items": CONTAINER, "minItems": 1},
        "volumes": {
            "type": "array",
            "items": closed(
                {
                    "name": TEXT,
                    "persistentVolumeClaim": closed({"claimName": TEXT}, ["claimName"]),
                    "configMap": NAME,
                },
                ["name"],
            ),
        },
    },
    ["containers", "restartPolicy"],
)
JOB = closed(
    {"backoffLimit": NUMBER, "activeDeadlineSeconds": NUMBER, "template": closed({"spec": POD}, ["spec"])}
)
CRONJOB = closed(
    {
        "schedule": {"type": "string", "pattern": r"^\S+( \S+){4}$"},
        "timeZone": TEXT,
        "concurrencyPolicy": {"enum": ["Allow", "Forbid", "Replace"]},
        "startingDeadlineSeconds": NUMBER,
        "successfulJobsHistoryLimit": NUMBER,
        "failedJobsHistoryLimit": NUMBER,
        "jobTemplate": closed({"spec": JOB}, ["spec"]),
    },
    ["schedule", "jobTemplate"],
)
CLAIM = closed(
    {
        "accessModes": {"type": "array", "items": {"enum": ["ReadWriteOnce", "ReadWriteOncePod"]}},
        "resources": RESOURCES,
    },
    ["accessModes", "resources"],
)
SHAPES = {("batch/v1", "CronJob"): CRONJOB, ("v1", "PersistentVolumeClaim"): CLAIM}
"""The API's shapes as its reference has them, as far as they are used here; anything else is an error."""


@pytest.mark.parametrize("thing", OBJECTS, ids=lambda thing: thing["kind"])
def test_kubernetes_objects_have_the_shape_that_its_api_documents(thing):
    spec = SHAPES[thing["apiVersion"], thing["kind"]]
    whole = closed({"apiVersion": TEXT, "kind": TEXT, "metadata": NAME, "spec": spec}, ["metadata", "spec"])
    jsonschema.validate(thing, whole)
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", thing["metadata"]["name"])


def test_the_cronjob_never_runs_twice_nor_again_by_itself_and_drains():
    cron, spec = pod()
    assert cron["concurrencyPolicy"] == "Forbid"
    assert cron["jobTemplate"]["spec"]["backoffLimit"] == 0
    assert spec["restartPolicy"] == "Never"
    assert spec["terminationGracePeriodSeconds"] > 2 * REQUEST_TIMEOUT


def test_the_cronjobs_journal_is_on_its_claim_and_every_mount_has_a_volume():
    _, spec = pod()
    (container,) = spec["containers"]
    volumes = {one["name"]: one for one in spec["volumes"]}
    mounts = {one["mountPath"]: volumes[one["name"]] for one in container["volumeMounts"]}
    journal = {one["name"]: one["value"] for one in container["env"]}["LAUNCHER_JOURNAL"]
    claims = {one["metadata"]["name"] for one in OBJECTS if one["kind"] == "PersistentVolumeClaim"}
    assert mounts[str(Path(journal).parent)]["persistentVolumeClaim"]["claimName"] in claims


def test_no_secret_stands_in_deploy():
    for path in filter(Path.is_file, DEPLOY.rglob("*")):
        assert not re.search(r"(?i)(secret|token|password)\w*=[^.\s]", path.read_text()), path


WORDS = set("FROM WORKDIR COPY RUN ENV VOLUME USER STOPSIGNAL ENTRYPOINT CMD".split())  # noqa: SIM905 - reads better


def test_the_dockerfile_holds_known_instructions_and_begins_with_an_image():
    words = [word for word, _ in instructions()]
    assert set(words) <= WORDS
    assert words[0] == "FROM"
    assert words.count("ENTRYPOINT") == 1


def copied():
    """Yield what the Dockerfile copies from the repository, with its destination."""
    for word, rest in instructions():
        if word == "COPY" and "--from=" not in rest:
            *sources, target = rest.split()
            yield from ((source, target) for source in sources)


def is_sent(path):
    """Whether .dockerignore lets `path` through: the last pattern that matches decides."""
    sent = True
    for pattern in filter(None, (line for line in IGNORED.splitlines() if not line.startswith("#"))):
        plain = pattern.removeprefix("!").removeprefix("**/")
        names = [path, *map(str, Path(path).parents), *Path(path).parts]
        if any(fnmatch.fnmatchcase(name, plain) for name in names):
            sent = pattern.startswith("!")
    return sent


def test_everything_that_the_dockerfile_copies_exists_and_is_sent_to_the_builder():
    sources = [source for source, _ in copied()]
    assert {"requirements.lock", "pyproject.toml", "launcher"} <= set(sources)
    for source in sources:
        assert (ROOT / source).exists(), source
        assert is_sent(source), source


def test_nothing_private_is_sent_to_the_builder():
    for path in (
        "secrets.env",
        "journal.sqlite3",
        ".git/config",
        "campaigns.yaml",
        "launcher/__pycache__/a.pyc",
    ):
        assert not is_sent(path), path


def test_the_images_stages_and_entrypoint_fit_together():
    stages = {rest.split(" AS ")[1] for word, rest in instructions() if word == "FROM" and " AS " in rest}
    for word, rest in instructions():
        if found := re.search(r"--from=(\w+)", rest):
            assert (word, found[1] in stages) == ("COPY", True)
    (entry,) = [yaml.safe_load(rest) for word, rest in instructions() if word == "ENTRYPOINT"]
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert [Path(entry[0]).name] == list(scripts)
    assert any(
        word == "RUN" and f"{Path(entry[0]).parent}/pip install" in rest for word, rest in instructions()
    )


def test_what_is_copied_is_enough_to_run_the_entrypoint(tmp_path):
    for source, target in copied():
        place = tmp_path / (target if target != "./" else source)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, place)
    module = tomllib.loads((tmp_path / "pyproject.toml").read_text())["project"]["scripts"]["launcher"].split(
        ":"
    )[0]
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_runbook_has_a_row_for_every_exit_code():
    from launcher.cli.exit_codes import ExitCode  # noqa: PLC0415 - only here

    rows = re.findall(r"^\| ([\d, ]+) \|", RUNBOOK, re.MULTILINE)
    assert {int(code) for row in rows for code in row.split(",")} == {int(code) for code in ExitCode}
