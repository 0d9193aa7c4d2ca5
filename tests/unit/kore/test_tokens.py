import hashlib
import os
import warnings

import jwt
import pytest
from fakes.clock import Clock
from fakes.launches import CLIENT_ID, SECRET, make_credentials

from launcher.errors import SecretError
from launcher.kore.tokens import TokenSource
from launcher.manifest.secrets import Environment, Secret

NOON = 1_764_936_000.0


@pytest.fixture
def clock():
    return Clock(NOON + 0.9)


@pytest.fixture
def source(clock):
    return TokenSource(clock)


def claims_of(token, secret=SECRET, algorithm="HS256"):
    options = {"verify_exp": False, "verify_iat": False, "verify_aud": False}
    return jwt.decode(token, secret, algorithms=[algorithm], options=options)


def test_a_token_has_the_documented_claims_and_no_others(source):
    token = source.token(make_credentials())
    assert claims_of(token) == {"sub": CLIENT_ID, "appId": CLIENT_ID, "iat": NOON, "exp": NOON + 600}
    assert jwt.get_unverified_header(token) == {"typ": "JWT", "alg": "HS256"}


def test_subject_issuer_and_audience_are_the_operators(source):
    claims = claims_of(source.token(make_credentials(subject="me", issuer="us", audience="them")))
    assert (claims["sub"], claims["iss"], claims["aud"]) == ("me", "us", "them")
    assert claims["appId"] == CLIENT_ID


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
@pytest.mark.parametrize("secret", ["x", "ünïcode", SECRET, "k" * 200])
def test_every_algorithm_signs_with_a_secret_of_any_length_without_a_warning(source, algorithm, secret):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        token = source.token(make_credentials(secret, algorithm=algorithm))
    padded = secret.encode().ljust(hashlib.new(f"sha{algorithm[2:]}").block_size, b"\0")  # the same HMAC key
    key = padded if len(secret) < 64 else secret
    assert claims_of(token, key, algorithm)["appId"] == CLIENT_ID


def test_a_token_is_kept_until_shortly_before_it_expires(source, clock):
    credentials = make_credentials(token_lifetime=600.0)
    first = source.token(credentials)
    clock.now = NOON + 539.9
    assert source.token(credentials) == first
    clock.now = NOON + 540.0
    assert claims_of(source.token(credentials))["exp"] == NOON + 540 + 600


def test_a_short_life_is_used_for_nine_tenths(source, clock):
    credentials = make_credentials(token_lifetime=10.0)
    first = source.token(credentials)
    clock.now = NOON + 8.9
    assert source.token(credentials) == first
    clock.now = NOON + 9.0
    assert source.token(credentials) != first


def test_a_lifetime_below_a_second_is_a_second(source):
    assert claims_of(source.token(make_credentials(token_lifetime=0.5)))["exp"] == NOON + 1


def test_a_clock_set_back_makes_a_new_token(source, clock):
    first = source.token(make_credentials())
    clock.now -= 3600
    assert claims_of(source.token(make_credentials()))["exp"] < claims_of(first)["exp"]


def test_equal_credentials_share_a_token_and_others_do_not(source):
    secret = make_credentials().client_secret
    first = source.token(make_credentials(client_secret=secret))
    assert source.token(make_credentials(client_secret=secret)) is first
    assert source.token(make_credentials(client_secret=secret, client_id="cs-other")) != first


def test_a_renewed_token_differs_from_all_before_it_even_within_one_second(source):
    credentials = make_credentials()
    tokens = [source.token(credentials)]
    for _ in range(5):
        source.renew(credentials)
        tokens.append(source.token(credentials))
    assert len(set(tokens)) == 6
    assert all(claims_of(token)["iat"] <= NOON for token in tokens)
    assert all(claims_of(token)["exp"] == NOON + 600 for token in tokens)


def test_renewing_one_leaves_the_others(source):
    other = make_credentials(client_id="cs-other")
    kept = source.token(other)
    source.token(make_credentials())
    source.renew(make_credentials())
    assert source.token(other) is kept


def test_with_a_jti_every_request_has_its_own_token_of_an_hour_at_most(source):
    credentials = make_credentials(jti=True, token_lifetime=86_400.0)
    source.renew(credentials)
    first, second = claims_of(source.token(credentials)), claims_of(source.token(credentials))
    assert first["jti"] != second["jti"]
    assert first["exp"] - NOON == 3600


def test_a_secret_that_cannot_be_read_names_its_owner_and_where_it_should_be(source):
    credentials = make_credentials(client_secret=Secret(Environment("MISSING_SECRET")))
    with pytest.raises(SecretError) as caught:
        source.token(credentials)
    assert str(caught.value).startswith("account acme: client_secret: environment variable MISSING_SECRET is")


@pytest.mark.parametrize("jti", [False, True])
def test_a_key_that_no_hmac_takes_is_said_without_showing_it(source, jti):
    pem = "-----BEGIN PUBLIC KEY-----\ncanary\n-----END PUBLIC KEY-----"
    with pytest.raises(SecretError, match="account acme: client_secret cannot be used with HS256") as caught:
        source.token(make_credentials(pem, jti=jti))
    assert "canary" not in str(caught.value)
    assert caught.value.__context__ is None


def test_an_unknown_algorithm_is_a_sentence(source):
    with pytest.raises(SecretError, match="cannot be used with RS256"):
        source.token(make_credentials(algorithm="RS256"))


def test_a_secret_is_read_once(source, monkeypatch):
    monkeypatch.setenv("APP_SECRET", SECRET)
    credentials = make_credentials(client_secret=Secret(Environment("APP_SECRET")))
    source.token(credentials)
    del os.environ["APP_SECRET"]
    source.renew(credentials)
    assert claims_of(source.token(credentials))["appId"] == CLIENT_ID


def test_the_secret_and_the_parts_of_the_token_are_confidential(source):
    issued = source.issue(make_credentials("a/b&c d"))
    assert set(issued.confidential) == {"a/b&c d", issued.text, *issued.text.split(".")[1:]}


def test_nothing_of_a_token_is_in_a_representation(source):
    source.token(make_credentials())
    assert "eyJ" not in repr(vars(source))
    assert SECRET not in repr(vars(source))
