"""google-cloud-secret-manager reads secrets from the sandbox by REST, and is refused as Google refuses."""

import google.api_core.exceptions
import google_crc32c
import pytest
from conftest import BIGQUERY, PROJECT
from google.cloud import secretmanager_v1
from google.cloud.secretmanager_v1.services.secret_manager_service.transports import SecretManagerServiceRestTransport

PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
NAME = f"projects/{PROJECT}/secrets/password"
REGIONAL = f"projects/{PROJECT}/locations/europe-west3/secrets/there"
SANDBOX_ARGUMENTS = ["--secret", "password=old", "--secret", "password=s3cret ä", "--secret", f"{REGIONAL}=regional"]

# How enumerations are written in answers; Google's clients send it to every service.
pytestmark = [pytest.mark.usefixtures("valid_requests"), pytest.mark.undescribed('unknown parameter "$alt"')]


@pytest.fixture
def client(sandbox, credentials):
    def make(scope=PLATFORM, host="secretmanager.googleapis.com"):
        transport = SecretManagerServiceRestTransport(
            host=f"{sandbox.host}/{host}", credentials=credentials(scope), url_scheme="http")
        return secretmanager_v1.SecretManagerServiceClient(transport=transport)

    return make


def test_the_newest_version_is_read_and_its_checksum_is_right(client):
    answer = client().access_secret_version(name=f"{NAME}/versions/latest")
    assert answer.payload.data.decode() == "s3cret ä"
    assert answer.payload.data_crc32c == int.from_bytes(google_crc32c.Checksum(answer.payload.data).digest(), "big")
    assert answer.name == "projects/123456789012/secrets/password/versions/2"


def test_an_older_version_is_read_by_its_number(client):
    assert client().access_secret_version(name=f"{NAME}/versions/1").payload.data == b"old"


def test_a_secret_of_a_region_is_read_from_there(client):
    answer = client(host="secretmanager.europe-west3.rep.googleapis.com").access_secret_version(name=f"{REGIONAL}/versions/latest")
    assert answer.payload.data == b"regional"


@pytest.mark.parametrize("name", [f"{NAME}/versions/3", f"projects/{PROJECT}/secrets/other/versions/latest"])
def test_what_is_not_there_is_not_found(client, name):
    with pytest.raises(google.api_core.exceptions.NotFound):
        client().access_secret_version(name=name)


def test_a_token_without_the_scope_is_refused(client):
    with pytest.raises(google.api_core.exceptions.Forbidden, match="insufficient authentication scopes"):
        client(BIGQUERY).access_secret_version(name=f"{NAME}/versions/latest")
