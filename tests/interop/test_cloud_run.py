"""google-cloud-run starts, follows and cancels executions of the real job; google-cloud-logging reads what they wrote."""

import json
import time

import google.auth.transport.requests
import google.cloud.logging
import google.oauth2.credentials
import pytest
import requests
from conftest import PROJECT, ROOT, build_folder
from google.api_core import exceptions
from google.cloud import run_v2

LOCATION = f"projects/{PROJECT}/locations/europe-west1"
JOB = f"{LOCATION}/jobs/etl"
CLOUD = "https://www.googleapis.com/auth/cloud-platform"

SANDBOX_ARGUMENTS = [
    "--sheet", "orders={tests}/data/demo/orders.csv", "--dataset", "demo-project.demo",
    "--cloud-run-job", json.dumps({"name": JOB, "maxRetries": 0, "timeout": "60s"}).replace("{", "{{").replace("}", "}}"),
    "--job-program", str(build_folder()["job"]),
]  # fmt: skip

# The client asks for words of enums as numbers, which Google's description of the API does not have.
pytestmark = [pytest.mark.usefixtures("valid_requests"), pytest.mark.undescribed('unknown parameter "$alt"')]


@pytest.fixture
def connect(sandbox, credentials):
    """Clients with a fetched token: with a key they would sign tokens of their own, which the sandbox does not take."""
    signed_in = credentials(CLOUD)
    signed_in.refresh(google.auth.transport.requests.Request())
    opened = []

    def connect(kind):
        options = {"api_endpoint": sandbox.service("run.googleapis.com")}
        bearer = google.oauth2.credentials.Credentials(token=signed_in.token)
        client = kind(credentials=bearer, transport="rest", client_options=options)
        opened.append(client)
        return client

    yield connect
    for client in opened:
        client.transport.close()


@pytest.fixture
def jobs(connect):
    return connect(run_v2.JobsClient)


@pytest.fixture
def executions(connect):
    return connect(run_v2.ExecutionsClient)


@pytest.fixture
def log(sandbox, credentials):
    opened = google.cloud.logging.Client(
        project=PROJECT,
        credentials=credentials(CLOUD),
        _use_grpc=False,
        client_options={"api_endpoint": sandbox.service("logging.googleapis.com")},
    )
    yield opened
    opened.close()


def order(sandbox, table, **variables):
    """A request to load the sheet into a table."""
    env = {
        "CONFIG_NAME": table,
        "GOOGLE_SHEET_URL": f"https://docs.google.com/spreadsheets/d/{sandbox.sheets['orders']}/edit#gid=0",
        "GOOGLE_CLOUD_PROJECT_ID": PROJECT,
        "BIGQUERY_DATASET_ID": "demo",
        "BIGQUERY_TABLE_ID": table,
        **variables,
    }
    override = run_v2.RunJobRequest.Overrides.ContainerOverride(
        env=[run_v2.EnvVar(name=name, value=value) for name, value in env.items()]
    )
    return run_v2.RunJobRequest(name=JOB, overrides=run_v2.RunJobRequest.Overrides(container_overrides=[override]))


def short(name):
    return name.rsplit("/", 1)[1]


def journal(sandbox, execution):
    entries = requests.get(f"{sandbox.root}/_sandbox/executions", timeout=10).json()
    return next(entry for entry in entries if entry["name"] == execution)


def test_an_execution_loads_the_table_and_its_operation_ends(sandbox, jobs, connect, log):
    operation = jobs.run_job(order(sandbox, "loaded", SHEETBQ_RUN_ID="run-1"))
    name = operation.metadata.name
    assert name.startswith(f"{JOB}/executions/etl-")
    execution = operation.result(timeout=30)
    assert (execution.succeeded_count, execution.failed_count) == (1, 0)
    assert {variable.name: variable.value for variable in execution.template.containers[0].env}["SHEETBQ_RUN_ID"] == "run-1"
    (task,) = connect(run_v2.TasksClient).list_tasks(parent=name)
    assert task.last_attempt_result.exit_code == 0
    assert journal(sandbox, name)["run_id"] == "run-1"

    filter_ = (
        f'resource.type="cloud_run_job" AND resource.labels.job_name="etl" AND resource.labels.location="europe-west1" '
        f'AND labels."run.googleapis.com/execution_name"="{short(name)}" AND jsonPayload.event="run_finished"'
    )
    (entry,) = log.list_entries(filter_=filter_, order_by=google.cloud.logging.DESCENDING, page_size=10)
    assert entry.payload["outcome"] == "loaded"
    assert entry.payload["rows"] == 100
    assert entry.severity == "NOTICE"
    assert entry.resource.labels["location"] == "europe-west1"


def test_a_failed_execution_tells_its_exit_code_in_its_task(sandbox, jobs, executions, connect):
    operation = jobs.run_job(order(sandbox, "failed", GOOGLE_SHEET_TAB_NAME="no such tab"))
    with pytest.raises(exceptions.GoogleAPICallError):
        operation.result(timeout=30)
    execution = executions.get_execution(name=operation.metadata.name)
    assert execution.failed_count == 1
    completed = next(c for c in execution.conditions if c.type_ == "Completed")
    assert completed.state == run_v2.Condition.State.CONDITION_FAILED
    assert completed.execution_reason == run_v2.Condition.ExecutionReason.NON_ZERO_EXIT_CODE
    (task,) = connect(run_v2.TasksClient).list_tasks(parent=execution.name)
    assert task.last_attempt_result.exit_code == 3


def test_a_cancelled_execution_looks_done_without_an_error(sandbox, jobs, executions):
    """What deceived Airflow until 2026: only the counts tell."""
    sandbox.tell("faults", {"path_contains": "/values/", "stall_ms": 60000})
    operation = jobs.run_job(order(sandbox, "cancelled"))
    name = operation.metadata.name
    while not any("/values/" in request["target"] for request in sandbox.requests()[-3:]):
        if journal(sandbox, name)["ended"]:
            break
        time.sleep(0.05)
    executions.cancel_execution(name=name)
    assert operation.result(timeout=30).cancelled_count == 1
    assert journal(sandbox, name)["cancelled_by"].startswith("sandbox@")


def test_executions_are_listed_over_pages(sandbox, executions, jobs):
    sandbox.tell("cloud-run", {"page_size": 1})
    names = [jobs.run_job(order(sandbox, f"page{i}")).metadata.name for i in range(3)]
    assert [execution.name for execution in executions.list_executions(parent=JOB)][:3] == names[::-1]
    sandbox.tell("cloud-run", {"page_size": 1000})


def test_a_job_and_its_permissions(sandbox, jobs):
    job = jobs.get_job(name=JOB)
    assert job.template.template.timeout.total_seconds() == 60
    asked = ["run.jobs.run", "run.jobs.runWithOverrides"]
    told = jobs.test_iam_permissions({"resource": JOB, "permissions": asked})
    assert list(told.permissions) == asked


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [("PORT", "1", "reserved env names"), ("BIG", "x" * 32769, "the maximum is 32768")],
)
def test_variables_that_cloud_run_refuses_are_bad_requests(sandbox, jobs, name, value, reason):
    with pytest.raises(exceptions.BadRequest, match=reason):
        jobs.run_job(order(sandbox, "refused", **{name: value}))


def test_what_is_not_there_is_not_found(jobs, executions):
    with pytest.raises(exceptions.NotFound):
        jobs.run_job(name=f"{LOCATION}/jobs/nope")
    with pytest.raises(exceptions.NotFound):
        executions.get_execution(name=f"{JOB}/executions/etl-zzzzz")


def test_a_quota_of_starts_is_too_many_requests(sandbox, jobs):
    sandbox.tell("cloud-run", {"runs_a_minute": 1})
    with pytest.raises(exceptions.TooManyRequests):
        for _ in range(2):
            jobs.run_job(order(sandbox, "quota"))
    sandbox.tell("cloud-run", {"runs_a_minute": 0})


def test_a_filter_that_is_not_understood_is_refused(log):
    with pytest.raises(exceptions.BadRequest, match="Unparseable filter"):
        list(log.list_entries(filter_="severity=ERROR OR severity=INFO"))
