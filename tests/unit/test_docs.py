"""Docs that cannot rot: what README and docs say is compared with the code."""

import re
from pathlib import Path

import pytest
import yaml

import launcher
from launcher.cli.exit_codes import ExitCode
from launcher.cli.main import build_parser
from launcher.manifest.load import load_manifest
from launcher.outcome import Result

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def fenced(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_readme_lists_every_exit_code():
    table = README.split("## Exit codes")[1].split("\n## ")[0]
    listed = {
        int(code) for cell in re.findall(r"^\| ([\d, ]+) \|", table, re.MULTILINE) for code in cell.split(",")
    }
    assert listed == {int(code) for code in ExitCode}


def test_the_readme_lists_every_result():
    assert set(re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE)) == {str(result) for result in Result}


def test_help_lists_every_exit_code():
    text = build_parser().format_help()
    assert all(re.search(rf"\b{code}\b", text) for code in (0, 1, 2, 3, 4, 5, 7, 70, 130, 143))


def test_the_readmes_manifest_is_valid(tmp_path):
    manifest, settings = fenced("yaml")
    (tmp_path / "nightly.csv").write_text("bot,campaign\nbilling,cd-2\n")
    path = tmp_path / "campaigns.yaml"
    path.write_text(manifest + settings)
    loaded = load_manifest(path)
    assert len(loaded.campaigns) == 2
    assert len(loaded.settings.waves) == 3
    assert yaml.safe_load(manifest)["name"] == "nightly"


def test_the_readmes_python_example_runs(monkeypatch, capsys):
    (example,) = fenced("python")
    monkeypatch.chdir(ROOT)
    exec(compile(example, "README.md", "exec"), {"__name__": "__main__"})
    code, totals = capsys.readouterr().out.split(" ", 1)
    assert code == "0"
    assert "'started': 39" in totals


def test_commands_in_the_docs_exist():
    known = set(re.findall(r"^    (\w+) ", build_parser().format_help(), re.MULTILINE))
    for page in PAGES:
        for verb in re.findall(r"\$ launcher (\w+)", page.read_text()):
            assert verb in known, f"{page.name}: launcher {verb}"


def test_make_targets_in_the_readme_exist():
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"[`$] ?make ([a-z]+)", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_architecture_names_modules_that_exist():
    text = (ROOT / "docs/architecture.md").read_text()
    for name in re.findall(r"`((?:manifest|plan|kore|engine|journal|report|cli|sandbox)/\w+\.py)`", text):
        assert (ROOT / "launcher" / name).is_file(), name


def test_the_public_api_is_what_it_says():
    assert all(hasattr(launcher, name) for name in launcher.__all__)
    assert sorted(launcher.__all__) == launcher.__all__
