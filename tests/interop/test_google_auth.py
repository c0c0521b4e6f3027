"""google-auth gets tokens from the sandbox in each of the three ways, and is refused as Google refuses."""

import json
import re

import google.auth
import google.auth.exceptions
import google.auth.transport.requests
import google.oauth2.credentials
import pytest
import requests
from conftest import ACCOUNT, BIGQUERY, PROJECT, READ_SHEETS
from google.auth import compute_engine
from google.auth.compute_engine import _metadata
from google.oauth2 import service_account

SANDBOX_ARGUMENTS = ["--sheet", "orders={tests}/data/demo/orders.csv"]

pytestmark = pytest.mark.usefixtures("valid_requests")


@pytest.fixture
def http():
    return google.auth.transport.requests.Request()


@pytest.fixture
def key(sandbox):
    return json.loads(sandbox.key_file.read_text())


@pytest.fixture
def metadata_server(sandbox, monkeypatch):
    """What GCE_METADATA_HOST (or GCE_METADATA_ROOT) and GCE_METADATA_IP set when google-auth is imported and asked."""
    monkeypatch.setenv("GCE_METADATA_HOST", sandbox.host)
    monkeypatch.setenv("GCE_METADATA_IP", sandbox.host)
    monkeypatch.setattr(_metadata, "_GCE_METADATA_HOST", sandbox.host)


def read_sheet(sandbox, token):
    return requests.get(
        f"{sandbox.service('sheets.googleapis.com')}/v4/spreadsheets/{sandbox.sheets['orders']}/values/A1",
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )


def test_a_service_account_key_gives_a_token_that_reads_the_sheet(sandbox, credentials, http):
    given = credentials(READ_SHEETS)
    given.refresh(http)
    assert given.valid
    assert given.service_account_email == ACCOUNT
    assert read_sheet(sandbox, given.token).json()["values"] == [["Order ID"]]


def test_a_token_is_good_only_for_the_scopes_asked_for(sandbox, credentials, http):
    given = credentials(BIGQUERY)
    given.refresh(http)
    refused = read_sheet(sandbox, given.token)
    assert refused.status_code == 403
    assert refused.json()["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


def test_a_service_account_token_needs_scopes(credentials, http):
    with pytest.raises(google.auth.exceptions.RefreshError, match="invalid_scope|No scopes|No access token"):
        credentials().refresh(http)


def test_the_signature_of_another_key_is_refused(key, http):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    key["private_key"] = stranger.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    tampered = service_account.Credentials.from_service_account_info(key, scopes=[READ_SHEETS])
    with pytest.raises(google.auth.exceptions.RefreshError, match="invalid_grant: Invalid JWT Signature"):
        tampered.refresh(http)


@pytest.mark.parametrize(
    ("field", "value"),
    [("client_email", f"nobody@{PROJECT}.iam.gserviceaccount.com"), ("private_key_id", "0" * 40)],
)
def test_a_key_file_with_a_changed_field_is_refused(key, http, field, value):
    key[field] = value
    tampered = service_account.Credentials.from_service_account_info(key, scopes=[READ_SHEETS])
    with pytest.raises(google.auth.exceptions.RefreshError, match="invalid_grant"):
        tampered.refresh(http)


def test_a_service_account_may_not_act_for_a_person_without_delegation(credentials, http):
    with pytest.raises(google.auth.exceptions.RefreshError, match="unauthorized_client"):
        credentials(READ_SHEETS).with_subject("ann@example.com").refresh(http)


def test_default_finds_the_service_account_key(sandbox, http, monkeypatch):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(sandbox.key_file))
    given, project = google.auth.default(scopes=[READ_SHEETS])
    given.refresh(http)
    assert project == PROJECT
    assert read_sheet(sandbox, given.token).status_code == 200


@pytest.fixture
def token_endpoint(sandbox, monkeypatch):
    """A login's file names no endpoint; google-auth has it built in."""
    monkeypatch.setattr(
        google.oauth2.credentials, "_GOOGLE_OAUTH2_TOKEN_ENDPOINT", sandbox.service("oauth2.googleapis.com") + "/token"
    )


@pytest.mark.usefixtures("token_endpoint")
def test_a_refresh_token_gives_a_token_that_reads_the_sheet(sandbox, http):
    given = google.oauth2.credentials.Credentials.from_authorized_user_file(str(sandbox.user_file))
    given.refresh(http)
    assert given.valid
    assert read_sheet(sandbox, given.token).status_code == 200


@pytest.mark.usefixtures("token_endpoint")
def test_a_refresh_token_gives_fewer_scopes_when_fewer_are_asked_for(sandbox, http):
    given = google.oauth2.credentials.Credentials.from_authorized_user_file(
        str(sandbox.user_file), scopes=["https://www.googleapis.com/auth/cloud-platform"]
    )
    given.refresh(http)
    assert list(given.granted_scopes) == ["https://www.googleapis.com/auth/cloud-platform"]
    assert read_sheet(sandbox, given.token).status_code == 403


@pytest.mark.usefixtures("token_endpoint")
@pytest.mark.parametrize(
    ("field", "value", "refusal"),
    [
        ("refresh_token", "1//revoked", "invalid_grant"),
        ("client_secret", "guessed", "invalid_client"),
    ],
)
def test_a_changed_login_is_refused(sandbox, http, field, value, refusal):
    login = json.loads(sandbox.user_file.read_text())
    login[field] = value
    given = google.oauth2.credentials.Credentials.from_authorized_user_info(login)
    with pytest.raises(google.auth.exceptions.RefreshError, match=refusal):
        given.refresh(http)


@pytest.mark.usefixtures("token_endpoint")
def test_a_scope_without_consent_is_refused(sandbox, http):
    given = google.oauth2.credentials.Credentials.from_authorized_user_file(
        str(sandbox.user_file), scopes=["https://www.googleapis.com/auth/gmail.readonly"]
    )
    with pytest.raises(google.auth.exceptions.RefreshError, match="invalid_scope"):
        given.refresh(http)


@pytest.mark.usefixtures("metadata_server")
def test_the_metadata_server_is_found(http):
    assert _metadata.ping(http)
    assert _metadata.get_project_id(http) == PROJECT
    assert _metadata.get_universe_domain(http) == "googleapis.com"


@pytest.mark.usefixtures("metadata_server")
def test_the_metadata_server_tells_the_account(http):
    told = _metadata.get_service_account_info(http)
    assert told["email"] == ACCOUNT
    assert "default" in told["aliases"]
    assert all(re.fullmatch(r"https://www\.googleapis\.com/auth/[a-z._-]+", scope) for scope in told["scopes"])


@pytest.mark.usefixtures("metadata_server")
def test_the_metadata_server_gives_a_token_for_the_scopes_asked_for(sandbox, http):
    given = compute_engine.Credentials(scopes=[READ_SHEETS])
    given.refresh(http)
    assert given.service_account_email == ACCOUNT
    assert read_sheet(sandbox, given.token).status_code == 200


@pytest.mark.usefixtures("metadata_server")
def test_a_metadata_token_without_scopes_reads_no_sheet(sandbox, http):
    given = compute_engine.Credentials()
    given.refresh(http)
    assert read_sheet(sandbox, given.token).status_code == 403


@pytest.mark.usefixtures("metadata_server")
def test_the_metadata_server_has_no_token_for_another_account(http):
    given = compute_engine.Credentials(service_account_email="other@example.com", scopes=[READ_SHEETS])
    with pytest.raises(google.auth.exceptions.RefreshError):
        given.refresh(http)


@pytest.mark.usefixtures("metadata_server")
def test_default_finds_the_metadata_server_when_there_is_no_file(sandbox, http, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    given, project = google.auth.default(scopes=[READ_SHEETS])
    assert isinstance(given, compute_engine.Credentials)
    assert project == PROJECT
    given.refresh(http)
    assert read_sheet(sandbox, given.token).status_code == 200
