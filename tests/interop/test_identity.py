"""google-auth verifies the sandbox's identity tokens with the keys that the sandbox publishes."""

import time

import google.auth.exceptions
import google.auth.transport.requests
import jwt
import pytest
import requests
from conftest import ACCOUNT
from google.auth import compute_engine
from google.auth.compute_engine import _metadata
from google.oauth2 import id_token

AUDIENCE = "https://sheetbq-abc.a.run.app"

pytestmark = pytest.mark.usefixtures("valid_requests", "certificates")


@pytest.fixture
def http():
    return google.auth.transport.requests.Request()


@pytest.fixture
def certificates(sandbox, monkeypatch):
    """The keys as JWK; google-auth's own address has the same keys in another form."""
    monkeypatch.setattr(id_token, "_GOOGLE_OAUTH2_CERTS_URL", f"{sandbox.service('www.googleapis.com')}/oauth2/v3/certs")


@pytest.fixture
def token(sandbox):
    """A token of the sandbox's for AUDIENCE, with changed claims."""

    def give(**claims):
        order = {"email": "scheduler@demo-project.iam.gserviceaccount.com", "audience": AUDIENCE, "claims": claims}
        answer = requests.post(f"{sandbox.root}/_sandbox/identity-token", json=order, timeout=10)
        answer.raise_for_status()
        return answer.json()["token"]

    return give


def test_a_token_is_verified(token, http):
    told = id_token.verify_oauth2_token(token(), http, AUDIENCE)
    assert told["email"] == "scheduler@demo-project.iam.gserviceaccount.com"
    assert told["email_verified"] is True
    assert told["exp"] - told["iat"] == 3600
    assert abs(told["iat"] - time.time()) < 60


def test_a_token_for_somebody_else_is_refused(token, http):
    with pytest.raises(jwt.InvalidAudienceError):
        id_token.verify_oauth2_token(token(aud="https://other"), http, AUDIENCE)


def test_an_old_token_is_refused(token, http):
    with pytest.raises(jwt.ExpiredSignatureError):
        id_token.verify_oauth2_token(token(iat=1_000, exp=4_600), http, AUDIENCE)


def test_a_token_of_another_issuer_is_refused(token, http):
    with pytest.raises(google.auth.exceptions.GoogleAuthError, match="Wrong issuer"):
        id_token.verify_oauth2_token(token(iss="https://evil.example.com"), http, AUDIENCE)


def test_a_changed_token_is_refused(token, http):
    header, _, signature = token().split(".")
    claims = token(email="eve@example.com").split(".")[1]
    with pytest.raises(jwt.InvalidSignatureError):
        id_token.verify_oauth2_token(f"{header}.{claims}.{signature}", http, AUDIENCE)


def test_tokens_of_the_old_and_of_the_new_key_are_good_after_a_rotation(sandbox, token, http):
    old = token()
    sandbox.tell("rotate-keys", {})
    new = token()
    assert jwt.get_unverified_header(old)["kid"] != jwt.get_unverified_header(new)["kid"]
    assert id_token.verify_oauth2_token(old, http, AUDIENCE)
    assert id_token.verify_oauth2_token(new, http, AUDIENCE)


def test_the_metadata_server_gives_a_token_that_is_verified(sandbox, http, monkeypatch):
    monkeypatch.setenv("GCE_METADATA_HOST", sandbox.host)
    monkeypatch.setattr(_metadata, "_GCE_METADATA_HOST", sandbox.host)
    given = compute_engine.IDTokenCredentials(http, AUDIENCE, use_metadata_identity_endpoint=True)
    given.refresh(http)
    told = id_token.verify_oauth2_token(given.token, http, AUDIENCE)
    assert told["email"] == ACCOUNT
