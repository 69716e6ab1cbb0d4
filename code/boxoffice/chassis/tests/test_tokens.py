"""A token proves who is calling, or nothing at all."""

import base64
import hmac
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from boxoffice.chassis import keys, tokens
from boxoffice.chassis.keys import new_pair, public_jwk

NOW = time.time()
CLAIMS = {
    "iss": "accounts",
    "aud": "boxoffice",
    "sub": "7",
    "use": "access",
    "iat": NOW,
    "exp": NOW + 600,
    "email": "ada@example.org",
    "name": "Ada Birch",
}


def signed(private_pem: str, header: dict | None = None, without=(), **claims) -> str:
    private = load_pem_private_key(private_pem.encode(), password=None)
    fresh = {"iat": time.time(), "exp": time.time() + 600}
    body = {name: value for name, value in {**CLAIMS, **fresh, **claims}.items() if name not in without}
    headers = {"kid": public_jwk(private)["kid"]} if header is None else header
    return jwt.encode(body, private, algorithm="EdDSA", headers=headers)


@pytest.fixture
def pair(settings):
    private, public = new_pair()
    settings.TOKEN_PUBLIC_KEYS = public
    return private, public


def test_an_access_token_names_a_person(pair):
    token = signed(pair[0], staff=True)
    person = tokens.actor(token)
    assert (person.id, person.email, person.name) == (7, "ada@example.org", "Ada Birch")
    assert (person.is_staff, person.is_superuser, person.token) == (True, False, token)


def test_a_person_is_printed_without_the_token(pair):
    token = signed(pair[0])
    assert token not in repr(tokens.actor(token))


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": NOW - 1},
        {"iss": "somebody else"},
        {"aud": "another shop"},
        {"use": "refresh"},
        {"use": "service"},
        {"use": None},
        {"sub": "everybody"},
        {"iat": NOW + 600},
        {"nbf": NOW + 600},
    ],
    ids=lambda claims: next(iter(claims)),  # without the time: every worker must find the same tests
)
def test_one_wrong_claim_is_enough(pair, claims):
    with pytest.raises(tokens.BadToken):
        tokens.actor(signed(pair[0], **claims))


@pytest.mark.parametrize("missing", ["exp", "sub", "iss", "aud", "use", "email", "name"])
def test_one_missing_claim_is_enough(pair, missing):
    with pytest.raises(tokens.BadToken):
        tokens.actor(signed(pair[0], without=[missing]))


def test_another_key_signs_nothing(pair):
    stranger, _ = new_pair()
    ours = json.loads(pair[1])["keys"][0]["kid"]
    for header in ({"kid": ours}, None, {}, {"kid": "unknown"}):
        with pytest.raises(tokens.BadToken):
            tokens.actor(signed(stranger, header))


def test_a_token_without_the_name_of_its_key_is_refused(pair):
    with pytest.raises(tokens.BadToken):
        tokens.actor(signed(pair[0], {}))


def test_a_key_that_the_token_brings_along_is_not_believed(pair):
    stranger, public = new_pair()
    brought = json.loads(public)["keys"][0]
    with pytest.raises(tokens.BadToken):
        tokens.actor(signed(stranger, {"kid": brought["kid"], "jwk": brought}))


def test_no_signature_proves_nothing(pair):
    kid = json.loads(pair[1])["keys"][0]["kid"]
    for algorithm in ("none", "None", "NONE"):
        head, body = (_encoded(part) for part in ({"alg": algorithm, "typ": "JWT", "kid": kid}, CLAIMS))
        with pytest.raises(tokens.BadToken):
            tokens.actor(f"{head}.{body}.")
    whole = signed(pair[0])
    with pytest.raises(tokens.BadToken):
        tokens.actor(whole.rpartition(".")[0] + ".")


def test_the_public_key_is_no_shared_secret(pair):
    jwk = json.loads(pair[1])["keys"][0]
    for secret in (jwk["x"].encode(), base64.urlsafe_b64decode(jwk["x"] + "="), pair[1].encode()):
        said = f"{_encoded({'alg': 'HS256', 'kid': jwk['kid']})}.{_encoded(CLAIMS)}"
        mark = base64.urlsafe_b64encode(hmac.digest(secret, said.encode(), "sha256")).rstrip(b"=").decode()
        with pytest.raises(tokens.BadToken):
            tokens.actor(f"{said}.{mark}")


def test_changed_claims_break_the_signature(pair):
    head, _, signature = signed(pair[0]).split(".")
    with pytest.raises(tokens.BadToken):
        tokens.actor(f"{head}.{_encoded({**CLAIMS, 'sub': '1'})}.{signature}")


@pytest.mark.parametrize(
    "rubbish",
    ["", ".", "..", "a.b.c", "é.è.ê", "\x00", "e30.e30.e30", "W10.e30.", "x" * 100_000],
    ids=lambda text: ascii(text[:12]),
)
def test_rubbish_is_a_bad_token_and_no_crash(pair, rubbish):
    with pytest.raises(tokens.BadToken):
        tokens.actor(rubbish)


def test_a_header_nested_without_end_is_a_bad_token_and_no_crash(pair):
    for nested in (b"[" * 5000 + b"]" * 5000, b'{"kid":' * 5000 + b"1" + b"}" * 5000):
        head = base64.urlsafe_b64encode(nested).rstrip(b"=").decode()
        with pytest.raises(tokens.BadToken):
            tokens.actor(f"{head}.e30.AAAA")


def test_each_use_is_for_itself_alone(pair):
    made = {use: signed(pair[0], use=use) for use in ("access", "refresh", "service")}
    for use, token in made.items():
        for asked in made:
            if asked == use:
                assert tokens.claims(token, asked)["sub"] == "7"
            else:
                with pytest.raises(tokens.BadToken):
                    tokens.claims(token, asked)
    assert tokens.service_name(signed(pair[0], use="service", sub="orders")) == "orders"


def test_two_keys_may_be_in_use_while_one_replaces_the_other(pair, settings):
    old, (new, new_public) = pair, new_pair()
    both = json.loads(old[1])["keys"] + json.loads(new_public)["keys"]
    settings.TOKEN_PUBLIC_KEYS = json.dumps({"keys": both})
    assert [tokens.actor(signed(private)).id for private in (old[0], new)] == [7, 7]
    settings.TOKEN_PUBLIC_KEYS = new_public
    with pytest.raises(tokens.BadToken):
        tokens.actor(signed(old[0]))


@pytest.mark.parametrize("keys_known", ['{"keys": []}', "{}", '{"keys": [{"kty": "?"}]}'])
def test_where_no_key_is_known_no_token_holds(pair, settings, keys_known):
    settings.TOKEN_PUBLIC_KEYS = keys_known
    with pytest.raises(tokens.BadToken):
        tokens.actor(signed(pair[0]))


def test_how_long_a_token_lasts_is_read_without_any_key(pair, settings):
    settings.TOKEN_PUBLIC_KEYS = '{"keys": []}'
    assert 590 < tokens.seconds_left(signed(pair[0], exp=time.time() + 600)) <= 600
    assert tokens.seconds_left(signed(pair[0], exp=NOW - 60)) <= -60
    assert tokens.seconds_left("rubbish") == tokens.seconds_left(signed(pair[0], without=["exp"])) == 0


def test_every_pair_of_keys_is_new_and_its_public_half_has_no_private_part():
    pairs = [keys.new_pair() for _ in range(3)]
    assert len({private for private, _ in pairs}) == 3
    for _, public in pairs:
        (jwk,) = json.loads(public)["keys"]
        assert set(jwk) == {"kty", "crv", "alg", "use", "kid", "x"}


def _encoded(part: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
