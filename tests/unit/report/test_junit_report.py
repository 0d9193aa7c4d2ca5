"""The campaigns as JUnit XML."""

import re
from xml.etree import ElementTree as ET

from launcher.report.junit_report import junit_report_text
from launcher.report.plain import plain
from launcher.report.summary import Summary

ALLOWED = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {
            "name", "tests", "failures", "errors", "group", "time", "skipped", "timestamp", "hostname", "id",
            "package", "file", "log", "url",
        },
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "testcase": (
        {"name", "time", "classname", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": ({"type", "message"}, set()),
    "error": ({"type", "message"}, set()),
    "skipped": ({"type", "message"}, set()),
    "system-out": (set(), set()),
    "system-err": (set(), set()),
}  # fmt: skip
"""Attributes and children that the schema of Jenkins's xUnit plugin (junit-10.xsd) allows an element."""
REQUIRED = {
    "testsuite": {"name", "tests", "failures", "errors"},
    "testcase": {"name"},
    "property": {"name", "value"},
}
SECONDS = re.compile(r"\d+\.\d{3}")


def parsed(summary):
    return ET.fromstring("".join(junit_report_text(summary)))


def must_be_legal(element):
    attributes, children = ALLOWED[element.tag]
    assert set(element.attrib) <= attributes, element.attrib
    assert set(element.attrib) >= REQUIRED.get(element.tag, set())
    assert SECONDS.fullmatch(element.get("time", "0.000"))
    for child in element:
        assert child.tag in children, f"{child.tag} in {element.tag}"
        must_be_legal(child)


def outcome(case):
    return next((child.tag for child in case), "passed")


def test_it_has_the_form_of_the_schema(mixed_story):
    must_be_legal(parsed(mixed_story.summary))


def test_a_suite_is_an_account_and_its_counts_are_those_of_its_cases(mixed_story):
    suites = list(parsed(mixed_story.summary))

    assert [suite.get("name") for suite in suites] == ["acme", "globex", "initech-emea"]
    for suite in suites:
        outcomes = [outcome(case) for case in suite.iter("testcase")]
        assert int(suite.get("tests")) == len(outcomes)
        assert int(suite.get("failures")) == outcomes.count("failure")
        assert int(suite.get("errors")) == outcomes.count("error")
        assert int(suite.get("skipped")) == outcomes.count("skipped")


def test_results_are_what_a_ci_server_makes_of_them(mixed_story):
    cases = list(parsed(mixed_story.summary).iter("testcase"))

    assert [outcome(case) for case in cases] == [
        "passed", "passed", "passed", "passed", "error", "passed",
        "failure", "failure", "passed", "failure", "skipped", "skipped",
    ]  # fmt: skip


def test_a_failure_says_why_and_what_to_do(mixed_story):
    (failure, *_) = parsed(mixed_story.summary).iter("failure")

    assert failure.get("type") == "rejected"
    assert failure.get("message") == "HTTP 401: Invalid SDK credentials"
    assert "Check client_id and client_secret" in failure.text
    assert "HTTP status: 401" in failure.text


def test_the_run_is_told_in_properties(mixed_story):
    suite = parsed(mixed_story.summary)[0]

    told = {each.get("name"): each.get("value") for each in suite.iter("property")}
    assert told["run"] == "nightly-2026-11-23"
    assert told["exit_code"] == "3"
    assert suite.get("timestamp") == "2026-11-23T12:00:00"


def test_what_others_wrote_is_text_and_legal_xml(hostile_story):
    text = "".join(junit_report_text(hostile_story.summary))

    root = ET.fromstring(text)

    must_be_legal(root)
    assert text.isascii()
    rows = list(hostile_story.summary.rows())
    names = sorted(case.get("name") for case in root.iter("testcase"))
    assert names == sorted(
        plain(f"{row.campaign_id} {row.name}" if row.name else row.campaign_id) for row in rows
    )


def test_a_run_without_launches_has_no_suite():
    assert list(parsed(Summary("key"))) == []
