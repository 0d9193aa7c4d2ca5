import pytest

from launcher.manifest.hosts import host, is_plain_http_to_another_machine
from launcher.manifest.model import normal_host
from launcher.manifest.values import Complaint


@pytest.mark.parametrize(
    "text",
    [
        "https://platform.kore.ai",
        "HTTPS://Platform.Kore.AI",
        "https://platform.kore.ai:8443",
        "https://gateway.example/kore/eu-1",
        "http://127.0.0.1:8080",
        "http://[::1]:8080/base",
        "http://my_service",
        "https://10.0.0.7/~x",
        "https://xn--bcher-kva.example",
    ],
)
def test_hosts_are_taken_as_they_are(text):
    assert host(text) == text


def test_one_slash_at_the_end_is_dropped():
    assert host("https://platform.kore.ai/") == "https://platform.kore.ai"
    assert host("https://platform.kore.ai/base/") == "https://platform.kore.ai/base"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "expected a URL such as https://platform.kore.ai"),
        ("platform.kore.ai", "expected a URL"),
        ("//platform.kore.ai", "expected a URL"),
        ("https:/platform.kore.ai", "expected a URL"),
        ("ftp://platform.kore.ai", "expected http or https"),
        ("javascript://platform.kore.ai", "expected http or https"),
        ("https://", "host name is not valid"),
        ("https:///path", "host name is not valid"),
        ("https://user:pw@platform.kore.ai", "a user or a password"),
        ("https://user@platform.kore.ai", "a user or a password"),
        ("https://@platform.kore.ai", "a user or a password"),
        ("https://platform.kore.ai?x=1", "a query"),
        ("https://platform.kore.ai?", "a query"),
        ("https://platform.kore.ai/#", "a fragment"),
        ("https://platform.kore.ai\\@evil.example", "a backslash"),
        ("https://platform.kore.ai/%2e%2e", "a percent sign"),
        ("https://platform.kore.ai/a b", "white space"),
        ("https://platform.kore.ai\r\nHost: evil", "white space"),
        ("https://platform.kore.ai\x00", "control characters"),
        ("https://platform.kore.ai\t", "white space"),
        (" https://platform.kore.ai", "white space"),
        ("https://bücher.example", "xn--"),
        ("https://plat\u2028form.kore.ai", "xn--"),
        ("https://platform.kore.ai:", "the port must be a number"),
        ("https://platform.kore.ai:0", "the port must be a number"),
        ("https://platform.kore.ai:0443", "without leading zeros"),
        ("https://platform.kore.ai:65536", "from 1 to 65535"),
        ("https://platform.kore.ai:x", "the port must be a number"),
        ("https://platform.kore.ai:1:2", "host name is not valid"),
        ("https://platform..kore.ai", "host name is not valid"),
        ("https://platform.kore.ai.", "host name is not valid"),
        ("https://-x.example", "host name is not valid"),
        (f"https://{'x' * 64}.example", "host name is not valid"),
        (f"https://{'x.' * 130}example", "host name is not valid"),
        ("https://a*b.example", "host name is not valid"),
        ("http://127.1", "not a full IPv4 address"),
        ("http://2130706433", "not a full IPv4 address"),
        ("http://0x7f.0.0.1", "not a full IPv4 address"),
        ("http://127.0.0.0x1", "not a full IPv4 address"),
        ("http://127.0.0.256", "not a full IPv4 address"),
        ("http://[::1", "not an IPv6 address"),
        ("http://[::g]", "not an IPv6 address"),
        ("http://[]", "not an IPv6 address"),
        ("http://[::1]x", "not an IPv6 address"),
        ("http://[0:0:0:0:0:0:0:1]", "in the short form, [::1]"),
        ("https://platform.kore.ai//", "'//'"),
        ("https://platform.kore.ai/a//b", "'//'"),
        ("https://platform.kore.ai/../x", "'.' or '..'"),
        ("https://platform.kore.ai/a/.", "'.' or '..'"),
        ("https://platform.kore.ai/a;b", "letters, digits"),
        ("https://platform.kore.ai/" + "x" * 500, "at most 512"),
    ],
)
def test_what_is_no_plain_url_of_a_host_is_explained(text, words):
    with pytest.raises(Complaint) as caught:
        host(text)
    assert words in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_complaint_never_repeats_a_url_that_may_hold_a_password():
    for text in (
        "https://user:canary@h/?",
        "canary",
        "https://user:canary@host",
        "canary://x",
        "https://[canary]",
    ):
        with pytest.raises(Complaint) as caught:
            host(text)
        assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "exposed"),
    [
        ("https://platform.kore.ai", False),
        ("http://platform.kore.ai", True),
        ("HTTP://platform.kore.ai", True),
        ("http://127.0.0.1", False),
        ("http://127.9.9.9:80/base", False),
        ("http://[::1]:80", False),
        ("http://LOCALHOST:8080", False),
        ("http://128.0.0.1", True),
        ("http://0.0.0.0", True),
        ("http://[::2]", True),
        ("http://localhost.example", True),
        ("http://127.0.0.1.example", True),
    ],
)
def test_plain_http_is_exposed_unless_it_stays_on_this_machine(url, exposed):
    assert is_plain_http_to_another_machine(host(url)) is exposed


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://Platform.Kore.ai:443/base/", "https://platform.kore.ai/base"),
        ("HTTP://localhost:80", "http://localhost"),
        ("https://[::1]:443", "https://[::1]"),
    ],
)
def test_spellings_of_one_host_are_one_host(one, other):
    assert normal_host(host(one)) == normal_host(host(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://platform.kore.ai", "https://platform.kore.ai:8443"),
        ("https://platform.kore.ai/Base", "https://platform.kore.ai/base"),
        ("http://localhost:443", "http://localhost"),
    ],
)
def test_different_hosts_stay_different(one, other):
    assert normal_host(host(one)) != normal_host(host(other))
