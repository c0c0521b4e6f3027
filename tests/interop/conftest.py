"""A fresh sheetbq-sandbox for each test module, and Google's clients pointed at it.

The clients are as Google ships them; all that differs is where they connect to.
"""

import json
import os
import pathlib
import socket
import subprocess

import pytest
import requests
from google.auth import _regional_access_boundary_utils
from google.oauth2 import service_account

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROJECT = "demo-project"
ACCOUNT = f"sandbox@{PROJECT}.iam.gserviceaccount.com"
READ_SHEETS = "https://www.googleapis.com/auth/spreadsheets.readonly"
BIGQUERY = "https://www.googleapis.com/auth/bigquery"


def build_folder():
    """Where the programs are: SHEETBQ_BUILD, else build/dev, else the first below build/ that has both.

    Those with sanitizers are taken only when SHEETBQ_BUILD names them: they need setarch -R.
    """
    given = os.environ.get("SHEETBQ_BUILD")
    others = sorted(f for f in (ROOT / "build").glob("*") if f.name not in ("asan", "tsan"))
    folders = [ROOT / given] if given else [ROOT / "build/dev", *others]
    for folder in folders:
        sandbox = next((f for f in (folder / "sheetbq-sandbox", folder / "tests/sandbox/sheetbq-sandbox") if f.is_file()), None)
        if sandbox and (folder / "job/sheetbq-job").is_file():
            return {"sandbox": sandbox, "job": folder / "job/sheetbq-job"}
    pytest.exit("no build folder has sheetbq-sandbox and sheetbq-job; run: cmake --preset dev && cmake --build --preset dev", 2)


class Sandbox:
    """A running sheetbq-sandbox."""

    def __init__(self, folder, arguments):
        self.folder = folder
        self.programs = build_folder()
        self.key_file = folder / "key.json"
        self.user_file = folder / "user.json"
        self._errors = open(folder / "sandbox.err", "w+")
        command = [self.programs["sandbox"], "--port", "0", "--max-seconds", "280", "--service-account-key", self.key_file,
                   "--authorized-user", self.user_file, *arguments]
        self._process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=self._errors, text=True)
        self.sheets = {}
        self.root = None
        try:
            self._read_announcement(sum(word in ("--sheet", "--generate") for word in arguments))
        except BaseException:
            self.end()
            raise

    def _read_announcement(self, sheets):
        first = self._process.stdout.readline()
        if " listening on " not in first:
            self._process.wait(10)
            self._errors.seek(0)
            raise RuntimeError(f"the sandbox did not start: {first}{self._errors.read()}")
        self.root = first.split(" listening on ")[1].strip()
        while len(self.sheets) < sheets:
            words = self._process.stdout.readline().split()
            if words[:1] == ["sheet"]:
                self.sheets[words[1]] = words[2].split("/d/")[1].split("/")[0]
        # google-auth asks in the background where an account may be used, and lets nobody say where to ask.
        _regional_access_boundary_utils.get_service_account_rab_endpoint = (
            lambda email: f"{self.service('iamcredentials.googleapis.com')}/v1/projects/-/serviceAccounts/{email}/allowedLocations"
        )

    @property
    def host(self):
        return self.root.removeprefix("http://")

    def service(self, host):
        """The base URL under which one of Google's hosts is found."""
        return f"{self.root}/{host}"

    def tell(self, call, body):
        """POST /_sandbox/CALL."""
        requests.post(f"{self.root}/_sandbox/{call}", data=json.dumps(body), timeout=10).raise_for_status()

    def complaints(self):
        """What the check against Google's API descriptions found wrong with the requests so far."""
        return requests.get(f"{self.root}/_sandbox/invalid", timeout=10).json()

    def requests(self):
        return requests.get(f"{self.root}/_sandbox/requests", timeout=10).json()

    def run_job(self, sheet, table, **variables):
        """The real sheetbq-job, with these variables and no others."""
        environment = {
            "PATH": os.environ["PATH"],
            "SHEETBQ_API_ROOT": self.root,
            "GOOGLE_APPLICATION_CREDENTIALS": str(self.key_file),
            "CONFIG_NAME": table,
            "GOOGLE_SHEET_URL": f"https://docs.google.com/spreadsheets/d/{self.sheets[sheet]}/edit#gid=0",
            "GOOGLE_CLOUD_PROJECT_ID": PROJECT,
            "BIGQUERY_DATASET_ID": "demo",
            "BIGQUERY_TABLE_ID": table,
            **variables,
        }
        return subprocess.run([str(self.programs["job"])], env=environment, capture_output=True, text=True, timeout=60)

    def end(self):
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._errors.close()


@pytest.fixture(scope="module")
def sandbox(request, tmp_path_factory):
    """Started with the module's SANDBOX_ARGUMENTS; `{data}` in them is tests/interop/data, `{tests}` is tests/."""
    arguments = [word.format(tests=ROOT / "tests", data=pathlib.Path(__file__).parent / "data")
                 for word in getattr(request.module, "SANDBOX_ARGUMENTS", [])]
    running = Sandbox(tmp_path_factory.mktemp("sandbox"), arguments)
    yield running
    running.end()


def keep_to_this_machine(look_up):
    """socket.getaddrinfo without the rest of the world: a client that goes astray must not meet the real Google."""

    def guarded(host, *arguments, **options):
        if host not in ("127.0.0.1", "localhost"):
            raise socket.gaierror(socket.EAI_NONAME, f"tests/interop asked for {host}, which is not this machine")
        return look_up(host, *arguments, **options)

    return guarded


socket.getaddrinfo = keep_to_this_machine(socket.getaddrinfo)


@pytest.fixture(autouse=True)
def only_the_test_decides(monkeypatch):
    """No credentials, endpoints or proxies from outside."""
    for name in list(os.environ):
        if name.startswith(("GOOGLE_", "GCE_", "CLOUDSDK_", "SHEETBQ_API")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def credentials(sandbox):
    """The service account's, for the scopes asked for."""
    def give(*scopes):
        return service_account.Credentials.from_service_account_file(str(sandbox.key_file), scopes=list(scopes))

    return give


@pytest.fixture
def valid_requests(request, sandbox):
    """Fails the test when one of its requests is not in Google's API descriptions (where they are at hand).

    A test marked `undescribed` says which of its requests are not, as pieces of the complaints about them.
    """
    before = len(sandbox.complaints())
    yield
    pieces = [piece for marker in request.node.iter_markers("undescribed") for piece in marker.args]
    assert [c for c in sandbox.complaints()[before:] if not any(piece in c for piece in pieces)] == []


def pytest_configure(config):
    config.addinivalue_line("markers", "undescribed(*pieces): makes requests that Google's API descriptions do not have")
