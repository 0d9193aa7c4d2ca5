import pytest

from launcher.kore.proxies import proxy_for

URL = "https://platform.kore.ai"


@pytest.mark.parametrize(
    ("environment", "url", "proxy"),
    [
        ({}, URL, None),
        ({"HTTPS_PROXY": "http://proxy.corp:3128"}, URL, "http://proxy.corp:3128"),
        ({"https_proxy": "http://proxy.corp:3128"}, URL, "http://proxy.corp:3128"),
        ({"HTTPS_PROXY": "proxy.corp:3128"}, URL, "http://proxy.corp:3128"),
        ({"HTTPS_PROXY": " http://user:p%40ss@proxy.corp "}, URL, "http://user:p%40ss@proxy.corp"),
        ({"HTTP_PROXY": "http://proxy.corp"}, URL, None),
        ({"HTTP_PROXY": "http://proxy.corp"}, "http://kore.example:8080", "http://proxy.corp"),
        ({"ALL_PROXY": "http://proxy.corp"}, URL, "http://proxy.corp"),
        ({"ALL_PROXY": "http://all.corp", "HTTPS_PROXY": "http://tls.corp"}, URL, "http://tls.corp"),
        ({"HTTPS_PROXY": ""}, URL, None),
        ({"HTTPS_PROXY": "http://proxy.corp", "NO_PROXY": "platform.kore.ai"}, URL, None),
        ({"HTTPS_PROXY": "http://proxy.corp", "NO_PROXY": ".kore.ai"}, URL, None),
        ({"HTTPS_PROXY": "http://proxy.corp", "NO_PROXY": "kore.ai:8443"}, f"{URL}:8443", None),
        ({"HTTPS_PROXY": "http://proxy.corp", "NO_PROXY": "*"}, URL, None),
        ({"HTTPS_PROXY": "http://proxy.corp", "NO_PROXY": "other.ai"}, URL, "http://proxy.corp"),
    ],
)
def test_the_environment_names_the_proxy(monkeypatch, environment, url, proxy):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(url) == proxy


@pytest.mark.parametrize(
    ("proxy", "complaint"),
    [
        ("socks5://canary@127.0.0.1:1080", "is of kind socks5, only http is supported"),
        ("http://canary@:80", "has no usable address"),
        ("http://canary:x@host:port", "has no usable address"),
        ("http://[canary", "has no usable address"),
    ],
)
def test_what_is_no_http_proxy_is_said_without_quoting_it(monkeypatch, proxy, complaint):
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(ValueError, match=complaint) as caught:
        proxy_for(URL)
    assert "canary" not in str(caught.value)
