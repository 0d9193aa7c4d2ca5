import base64
import json

import jwt
import pytest

from launcher.sandbox.replies import Refusal
from launcher.sandbox.tokens import TokenGate

NOW = 1_780_000_000.0
SECRET = "a secret that is long enough for every algorithm, all sixty-four bytes"
CLAIMS = {"sub": "1", "appId": "cs-1", "exp": NOW + 60}


def gate(secrets=None, *, unknown_clients=True, require_exp=True):
    return TokenGate(secrets, unknown_clients=unknown_clients, require_exp=require_exp)


def mint(claims=CLAIMS, *, secret=SECRET, algorithm="HS256", **more):
    return jwt.encode(claims | more, secret, algorithm)


def refusal_of(token, the_gate=None, now=NOW):
    with pytest.raises(Refusal) as caught:
        (the_gate or gate()).check(token, now)
    reply = caught.value.reply
    return reply.status, *json.loads(reply.body)["errors"][0].values()


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_a_good_token_passes_with_each_algorithm(algorithm):
    gate({"cs-1": SECRET}).check(mint(algorithm=algorithm), NOW)
    gate().check(mint(algorithm=algorithm), NOW)


@pytest.mark.parametrize("token", [None, ""])
def test_no_token_is_invalid_credentials(token):
    assert refusal_of(token) == (401, "Invalid SDK credentials", 4002)


@pytest.mark.parametrize(
    "token",
    [
        "hello",
        "Bearer " + mint(),
        "a.b",
        "a.b.c",
        f"{part([])}.{part({})}.AAAA",
        f"{part({'alg': 'HS256'})}.{part(3)}.AAAA",
        f"{part({'alg': 'HS256'})}.{'W' * 20_000}.AAAA",
        f"{part({'alg': 'none'})}.{part(CLAIMS)}.AAAA",
        f"{part({'alg': 'RS256'})}.{part(CLAIMS)}.AAAA",
        f"{part({'alg': ['HS256']})}.{part(CLAIMS)}.AAAA",
        f"{part({})}.{part(CLAIMS)}.AAAA",
        mint() + ".x.y",
        mint().rpartition(".")[0] + ".",
    ],
)
def test_what_is_no_jwt_is_an_invalid_token(token):
    assert refusal_of(token) == (401, "Invalid JWT token", 4002)


def test_a_wrong_secret_is_invalid_credentials():
    token = mint(secret="another secret that is long enough")
    assert refusal_of(token, gate({"cs-1": SECRET})) == (401, "Invalid SDK credentials", 4002)


def test_an_altered_token_is_invalid_credentials():
    header, _, signature = mint().split(".")
    altered = f"{header}.{part(CLAIMS | {'exp': NOW + 61})}.{signature}"
    assert refusal_of(altered, gate({"cs-1": SECRET})) == (401, "Invalid SDK credentials", 4002)


def test_a_signature_made_with_another_algorithm_than_the_header_says_is_refused():
    _, claims, signature = mint(algorithm="HS512").split(".")
    swapped = f"{part({'alg': 'HS256'})}.{claims}.{signature}"
    assert refusal_of(swapped, gate({"cs-1": SECRET})) == (401, "Invalid SDK credentials", 4002)
    assert refusal_of(swapped) == (401, "Invalid SDK credentials", 4002)


def test_a_client_without_a_secret_is_not_checked_unless_only_known_ones_are_let_in():
    gate({"cs-2": SECRET}).check(mint(), NOW)
    strict = gate({"cs-2": SECRET}, unknown_clients=False)
    assert refusal_of(mint(), strict) == (401, "Invalid SDK credentials", 4002)
    strict.check(mint(appId="cs-2"), NOW)


@pytest.mark.parametrize("client_id", [None, "", 7])
def test_the_app_id_must_be_there(client_id):
    assert refusal_of(mint(appId=client_id)) == (401, "Invalid SDK credentials", 4002)


def test_the_app_id_is_spelled_exactly():
    claims = {"appid": "cs-1", "exp": NOW + 60}
    assert refusal_of(mint(claims)) == (401, "Invalid SDK credentials", 4002)


@pytest.mark.parametrize("expires", [NOW, NOW - 1, float("nan"), float("inf"), "soon", True, None])
def test_an_expiry_must_be_a_number_in_the_future(expires):
    token = f"{part({'alg': 'HS256'})}.{part(CLAIMS | {'exp': expires})}.{'A' * 43}"
    assert refusal_of(token) == (401, "Invalid JWT token", 4002)


def test_fractions_of_seconds_are_fine():
    gate().check(mint(exp=NOW + 0.5), NOW)


def test_a_token_without_expiry_passes_only_where_none_is_required():
    claims = {"appId": "cs-1"}
    assert refusal_of(mint(claims)) == (401, "Invalid JWT token", 4002)
    gate(require_exp=False).check(mint(claims), NOW)


def test_a_jti_is_good_for_one_use():
    the_gate = gate()
    token = mint(jti="once")
    the_gate.check(token, NOW)
    assert refusal_of(token, the_gate) == (401, "error verifying the jwt: possibly a replay", 401)
    the_gate.check(mint(jti="twice"), NOW)


def test_a_token_without_jti_may_be_used_again():
    the_gate = gate()
    the_gate.check(mint(), NOW)
    the_gate.check(mint(), NOW)


def test_a_jti_may_live_for_one_hour_at_most():
    gate().check(mint(jti="a", exp=NOW + 3600), NOW)
    expected = 'error verifying the jwt: if "jti" claim "exp" must be <= 1 hour(s)'
    assert refusal_of(mint(jti="a", exp=NOW + 3601)) == (401, expected, 401)
    gate().check(mint(exp=NOW + 7200), NOW)
