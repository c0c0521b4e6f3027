"""google-cloud-bigquery loads tables, reads them back and is refused as by Google."""

import base64
import csv
import datetime
import decimal
import gzip
import io
import json

import pytest
from conftest import BIGQUERY, PROJECT, ROOT
from google.api_core import exceptions
from google.cloud import bigquery
from google.cloud.bigquery import SchemaField

SANDBOX_ARGUMENTS = [
    "--sheet", "orders={tests}/data/demo/orders.csv", "--sheet", "contacts={tests}/data/demo/contacts.csv",
    "--sheet", "stock={data}/stock.json", "--generate", "big=20000x12", "--dataset", "demo-project.demo",
    "--dataset", "demo-project.europe:EU",
]  # fmt: skip

# Google's client asks for jobs with a parameter that Google's description does not have, and is answered.
pytestmark = [pytest.mark.usefixtures("valid_requests"), pytest.mark.undescribed('unknown parameter "projection"')]

DEMO = f"{PROJECT}.demo"
COUNTS = [SchemaField("id", "INT64"), SchemaField("name", "STRING")]


@pytest.fixture
def client(sandbox, credentials):
    opened = bigquery.Client(
        project=PROJECT,
        credentials=credentials(BIGQUERY),
        client_options={"api_endpoint": sandbox.service("bigquery.googleapis.com")},
    )
    yield opened
    opened.close()


@pytest.fixture
def table(request):
    """A table name of this test's own."""
    return f"{DEMO}.{''.join(c if c.isalnum() else '_' for c in request.node.name)}"


def config(schema=COUNTS, **options):
    return bigquery.LoadJobConfig(source_format="CSV", schema=schema, **options)


def load(client, table, text, schema=COUNTS, **options):
    data = text if isinstance(text, bytes) else text.encode()
    return client.load_table_from_file(io.BytesIO(data), table, size=len(data), job_config=config(schema, **options))


def rows(client, table):
    return [tuple(row.values()) for row in client.list_rows(table)]


def uploads_since(sandbox, before):
    return [(r["method"], r["target"].split("uploadType=")[1].split("&")[0])
            for r in sandbox.requests()[before:] if r["target"].startswith("/upload/")]  # fmt: skip


def test_a_small_file_is_loaded_in_one_multipart_request(client, sandbox, table):
    before = len(sandbox.requests())
    job = load(client, table, "1,tea\n2,coffee\n")
    assert job.result().state == "DONE"
    assert (job.output_rows, job.error_result, job.location) == (2, None, "US")
    assert uploads_since(sandbox, before) == [("POST", "multipart")]
    assert rows(client, table) == [(1, "tea"), (2, "coffee")]


def test_a_big_file_is_loaded_in_chunks(client, sandbox, table, monkeypatch):
    monkeypatch.setattr("google.cloud.bigquery.client._DEFAULT_CHUNKSIZE", 2 * 1024 * 1024)
    text = "".join(f"{i},{'x' * 500}\n" for i in range(11_000))
    assert len(text) > 5 * 1024 * 1024
    before = len(sandbox.requests())
    job = load(client, table, text)
    job.result()
    assert job.output_rows == 11_000
    assert uploads_since(sandbox, before) == [("POST", "resumable")] + [("PUT", "resumable")] * 3
    assert client.get_table(table).num_rows == 11_000


def test_a_file_of_unknown_size_is_loaded_in_chunks(client, sandbox, table, monkeypatch):
    monkeypatch.setattr("google.cloud.bigquery.client._DEFAULT_CHUNKSIZE", 256 * 1024)
    text = "".join(f"{i},{'y' * 50}\n" for i in range(10_000))
    before = len(sandbox.requests())
    client.load_table_from_file(io.BytesIO(text.encode()), table, job_config=config()).result()
    assert uploads_since(sandbox, before)[0] == ("POST", "resumable")
    assert rows(client, table)[-1] == (9_999, "y" * 50)


def test_an_upload_goes_on_after_a_lost_chunk(client, sandbox, table, monkeypatch):
    monkeypatch.setattr("google.cloud.bigquery.client._DEFAULT_CHUNKSIZE", 256 * 1024)
    monkeypatch.setattr("google.resumable_media.requests._request_helpers.time.sleep", lambda _: None)
    sandbox.tell("faults", {"path_contains": "upload_id", "method": "PUT", "skip": 1, "status": 503})
    text = "".join(f"{i},{'z' * 50}\n" for i in range(10_000))
    job = client.load_table_from_file(io.BytesIO(text.encode()), table, job_config=config())
    job.result()
    assert job.output_rows == 10_000


def test_the_emulator_variable_is_enough(sandbox, credentials, table, monkeypatch):
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", sandbox.root)
    client = bigquery.Client(project=PROJECT, credentials=credentials(BIGQUERY))
    load(client, table, "1,tea\n").result()
    client.load_table_from_file(io.BytesIO(b"2,coffee\n"), table, job_config=config()).result()
    assert sorted(rows(client, table)) == [(1, "tea"), (2, "coffee")]
    client.close()


def test_compressed_csv_is_loaded(client, table):
    load(client, table, gzip.compress(b"1,tea\n2,coffee\n")).result()
    assert rows(client, table) == [(1, "tea"), (2, "coffee")]


def test_a_row_with_too_many_fields_is_a_bad_request(client, table):
    with pytest.raises(exceptions.BadRequest):
        load(client, table, "1,tea,cup\n").result()


def test_newline_delimited_json_is_loaded(client, table):
    job = client.load_table_from_json(
        [{"id": 1, "name": "tea"}, {"id": 2, "name": None}], table, job_config=bigquery.LoadJobConfig(schema=COUNTS)
    )
    job.result()
    assert rows(client, table) == [(1, "tea"), (2, None)]


def test_a_job_is_polled_until_it_is_done(client, table):
    job = load(client, table, "1,tea\n")
    assert job.state in ("PENDING", "RUNNING")
    assert not job.done(reload=False)
    job.result()
    again = client.get_job(job.job_id, location=job.location)
    assert (again.state, again.output_rows, again.destination.table_id) == ("DONE", 1, table.split(".")[-1])
    assert again.ended >= again.started >= again.created
    assert job.job_id in [j.job_id for j in client.list_jobs(max_results=50)]


def test_the_write_disposition_decides_what_becomes_of_the_old_rows(client, table):
    load(client, table, "1,tea\n").result()
    load(client, table, "2,coffee\n", write_disposition="WRITE_APPEND").result()
    assert sorted(rows(client, table)) == [(1, "tea"), (2, "coffee")]
    load(client, table, "3,milk\n", write_disposition="WRITE_TRUNCATE").result()
    assert rows(client, table) == [(3, "milk")]
    with pytest.raises(exceptions.Conflict, match="Already Exists"):
        load(client, table, "4,rum\n", write_disposition="WRITE_EMPTY").result()


EVERY_TYPE = [
    SchemaField("s", "STRING"), SchemaField("i", "INT64"), SchemaField("f", "FLOAT64"), SchemaField("n", "NUMERIC"),
    SchemaField("big", "BIGNUMERIC"), SchemaField("b", "BOOL"), SchemaField("d", "DATE"), SchemaField("t", "TIME"),
    SchemaField("dt", "DATETIME"), SchemaField("ts", "TIMESTAMP"), SchemaField("y", "BYTES"), SchemaField("j", "JSON"),
]  # fmt: skip


def test_every_type_is_read_back_as_its_python_value(client, table):
    raw = base64.b64encode(b"\x00\xffraw").decode()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["tea, \"green\"\nand 茶", "-9223372036854775808", "1.5e300", "12345678901234567890.123456789",
                     "0.00000000000000000000000000000000000001", "true", "2024-02-29", "23:59:59.999999",
                     "1999-12-31 23:59:59.5", "2024-01-05 10:17:00.000001 UTC", raw, '{"a": [1, "x"]}'])  # fmt: skip
    writer.writerow([r"\N"] * 12)
    load(client, table, text.getvalue(), EVERY_TYPE, null_marker=r"\N", allow_quoted_newlines=True).result()
    utc = datetime.timezone.utc
    full, empty = rows(client, table)
    assert full == (
        'tea, "green"\nand 茶', -(2**63), 1.5e300, decimal.Decimal("12345678901234567890.123456789"),
        decimal.Decimal("1e-38"), True, datetime.date(2024, 2, 29), datetime.time(23, 59, 59, 999999),
        datetime.datetime(1999, 12, 31, 23, 59, 59, 500000),
        datetime.datetime(2024, 1, 5, 10, 17, 0, 1, tzinfo=utc), b"\x00\xffraw", {"a": [1, "x"]},
    )  # fmt: skip
    assert empty == (None,) * 12


@pytest.mark.parametrize("text", ["NaN", "inf", "-inf"])
def test_floats_that_are_no_numbers_are_read_back(client, table, text):
    load(client, table, f"{text}\n", [SchemaField("f", "FLOAT64")]).result()
    ((value,),) = rows(client, table)
    assert str(value) == text.lower()


@pytest.mark.parametrize(
    "text", ["0001-01-01 00:00:00", "1969-12-31 23:59:59.999999", "9999-12-31 23:59:59.999999", "2024-01-05 10:17:00+02:00"]
)
def test_timestamps_are_read_back_to_the_microsecond(client, table, text):
    load(client, table, f"{text}\n", [SchemaField("ts", "TIMESTAMP")]).result()
    ((value,),) = rows(client, table)
    expected = datetime.datetime.fromisoformat(text)
    assert value == (expected if expected.tzinfo else expected.replace(tzinfo=datetime.timezone.utc))


def test_a_table_tells_its_schema(client, table):
    schema = [
        SchemaField("id", "INT64", "REQUIRED", description="the key"),
        SchemaField("code", "STRING", max_length=7),
        SchemaField("price", "NUMERIC", precision=10, scale=2),
        SchemaField("on", "TIMESTAMP"),
    ]
    load(client, table, "1,a,2.5,2024-01-01 00:00:00\n", schema, destination_table_description="made by a load").result()
    told = client.get_table(table)
    assert [(f.name, f.field_type, f.mode, f.description) for f in told.schema] == [
        ("id", "INTEGER", "REQUIRED", "the key"), ("code", "STRING", "NULLABLE", None),
        ("price", "NUMERIC", "NULLABLE", None), ("on", "TIMESTAMP", "NULLABLE", None),
    ]  # fmt: skip
    assert told.schema[1].max_length == 7
    assert (told.schema[2].precision, told.schema[2].scale) == (10, 2)
    assert (told.num_rows, told.table_type, told.location) == (1, "TABLE", "US")
    assert told.created <= told.modified


def test_many_rows_come_in_pages(client, table):
    load(client, table, "".join(f"{i},n{i}\n" for i in range(2_500))).result()
    pages = list(client.list_rows(table, page_size=1000).pages)
    assert [page.num_items for page in pages] == [1000, 1000, 500]
    assert [row["id"] for row in client.list_rows(table, start_index=2_490, max_results=3)] == [2490, 2491, 2492]
    only_names = client.list_rows(table, selected_fields=[SchemaField("name", "STRING")], max_results=1)
    assert [dict(row) for row in only_names] == [{"name": "n0"}]


def test_tables_are_made_changed_listed_and_deleted(client, table):
    made = client.create_table(bigquery.Table(table, schema=COUNTS))
    assert made.num_rows in (0, None)
    made.description = "by hand"
    made.labels = {"team": "shop"}
    changed = client.update_table(made, ["description", "labels"])
    assert (changed.description, changed.labels) == ("by hand", {"team": "shop"})
    assert table in [f"{t.project}.{t.dataset_id}.{t.table_id}" for t in client.list_tables(DEMO)]
    changed.schema = [*COUNTS, SchemaField("more", "STRING")]
    assert len(client.update_table(changed, ["schema"]).schema) == 3
    client.delete_table(table)
    with pytest.raises(exceptions.NotFound):
        client.delete_table(table)
    client.delete_table(table, not_found_ok=True)


def test_a_table_changed_by_somebody_else_is_not_overwritten(client, table):
    mine = client.create_table(bigquery.Table(table, schema=COUNTS))
    theirs = client.get_table(table)
    theirs.description = "theirs"
    client.update_table(theirs, ["description"])
    mine.description = "mine"
    with pytest.raises(exceptions.PreconditionFailed):
        client.update_table(mine, ["description"])
    assert client.get_table(table).description == "theirs"


def test_a_dataset_tells_where_it_is(client):
    assert client.get_dataset(f"{PROJECT}.europe").location == "EU"


def test_a_load_runs_where_its_dataset_is(client):
    data = b"1,tea\n"
    client.load_table_from_file(
        io.BytesIO(data), f"{PROJECT}.europe.t", size=len(data), location="EU", job_config=config()
    ).result()
    assert client.get_table(f"{PROJECT}.europe.t").location == "EU"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (f"{DEMO}.nothing", f"Not found: Table {PROJECT}:demo.nothing"),
        (f"{PROJECT}.nowhere.t", f"Not found: Dataset {PROJECT}:nowhere"),
    ],
)
def test_what_is_not_there_is_not_found(client, name, message):
    for ask in (client.get_table, lambda n: list(client.list_rows(n, selected_fields=COUNTS))):
        with pytest.raises(exceptions.NotFound, match=message) as caught:
            ask(name)
        assert caught.value.errors[0]["reason"] == "notFound"


def test_a_load_into_a_missing_dataset_is_not_found(client):
    with pytest.raises(exceptions.NotFound, match=f"Not found: Dataset {PROJECT}:nowhere"):
        load(client, f"{PROJECT}.nowhere.t", "1,tea\n").result()


def test_what_exists_is_a_conflict(client, table):
    client.create_table(bigquery.Table(table, schema=COUNTS))
    with pytest.raises(exceptions.Conflict, match="Already Exists: Table"):
        client.create_table(bigquery.Table(table, schema=COUNTS))
    assert client.create_table(bigquery.Table(table, schema=COUNTS), exists_ok=True) is not None


def test_a_job_id_is_used_once(client, table):
    data = b"1,tea\n"
    client.load_table_from_file(io.BytesIO(data), table, size=len(data), job_id="once", job_config=config()).result()
    with pytest.raises(exceptions.Conflict, match="Already Exists: Job"):
        client.load_table_from_file(io.BytesIO(data), table, size=len(data), job_id="once", job_config=config())
    assert client.get_table(table).num_rows == 1


def test_a_row_that_does_not_fit_is_a_bad_request_with_its_place(client, table):
    job = load(client, table, "1,tea\nten,coffee\n")
    with pytest.raises(exceptions.BadRequest) as caught:
        job.result()
    assert job.error_result["reason"] == "invalid"
    assert "Could not parse 'ten' as INT64" in str(job.errors)
    assert "Could not parse" in str(caught.value) or "CSV table encountered too many errors" in str(caught.value)
    with pytest.raises(exceptions.NotFound):
        client.get_table(table)


def test_bad_rows_may_be_allowed(client, table):
    job = load(client, table, "1,tea\nten,coffee\n", max_bad_records=1)
    job.result()
    assert rows(client, table) == [(1, "tea")]


def test_a_bad_schema_is_a_bad_request(client, table):
    with pytest.raises(exceptions.BadRequest):
        client.create_table(bigquery.Table(table, schema=[SchemaField("a", "STRING"), SchemaField("A", "STRING")]))


def test_a_schema_that_does_not_match_the_table_is_a_bad_request(client, table):
    load(client, table, "1,tea\n").result()
    with pytest.raises(exceptions.BadRequest, match="Provided Schema does not match Table"):
        load(client, table, "x\n", [SchemaField("id", "STRING")], write_disposition="WRITE_APPEND").result()


def test_a_missing_scope_is_forbidden(sandbox, credentials):
    reader = bigquery.Client(
        project=PROJECT,
        credentials=credentials("https://www.googleapis.com/auth/drive.readonly"),
        client_options={"api_endpoint": sandbox.service("bigquery.googleapis.com")},
    )
    with pytest.raises(exceptions.Forbidden, match="insufficient authentication scopes"):
        reader.get_dataset(DEMO)
    reader.close()


def test_a_token_that_google_does_not_know_is_unauthorized(sandbox, monkeypatch):
    from google.oauth2.credentials import Credentials

    stranger = bigquery.Client(
        project=PROJECT,
        credentials=Credentials("ya29.stolen"),
        client_options={"api_endpoint": sandbox.service("bigquery.googleapis.com")},
    )
    monkeypatch.setattr(stranger._http, "_refresh_status_codes", ())  # it could not get another one
    with pytest.raises(exceptions.Unauthorized, match="invalid authentication credentials"):
        stranger.get_dataset(DEMO)
    stranger.close()


def test_the_client_tries_again_what_the_service_could_not_do(client, sandbox):
    body = {"error": {"code": 503, "message": "busy", "errors": [{"reason": "backendError", "message": "busy"}]}}
    sandbox.tell("faults", {"path_contains": "/datasets/demo", "method": "GET", "status": 503, "body": json.dumps(body)})
    assert client.get_dataset(DEMO).dataset_id == "demo"


# The tables that sheetbq-job loaded, as Google's client sees them.


def test_the_orders_that_the_job_loaded_are_those_of_the_sheet(client, sandbox):
    done = sandbox.run_job("orders", "orders")
    assert done.returncode == 0, done.stdout
    told = client.get_table(f"{DEMO}.orders")
    assert [(f.name, f.field_type) for f in told.schema[:6]] == [
        ("Order_ID", "INTEGER"), ("Ordered_on", "DATE"), ("Customer", "STRING"), ("Amount", "FLOAT"),
        ("Paid", "BOOLEAN"), ("Notes", "STRING"),
    ]  # fmt: skip
    with open(ROOT / "tests/data/demo/orders.csv", newline="", encoding="utf-8") as file:
        written = list(csv.reader(file))[1:]
    expected = [
        (
            int(number),
            datetime.date.fromisoformat(day),
            customer,
            float(amount.replace("$", "").replace(",", "")),
            {"TRUE": True, "FALSE": False}[paid],
            notes or None,
        )
        for number, day, customer, amount, paid, notes in written
    ]
    assert sorted(rows(client, told)) == sorted(expected)
    assert told.num_rows == len(expected) == 100


def test_a_big_sheet_that_the_job_loaded_arrived_whole(client, sandbox):
    done = sandbox.run_job("big", "big")
    assert done.returncode == 0, done.stdout
    told = client.get_table(f"{DEMO}.big")
    assert told.num_rows == 19_999
    assert len(told.schema) == 12
    first = [row[0] for row in client.list_rows(told, selected_fields=told.schema[:1])]
    assert first == sorted(set(first)) and len(first) == 19_999


def test_a_job_run_twice_replaces_the_table(client, sandbox):
    for _ in range(2):
        done = sandbox.run_job("stock", "stock")
        assert done.returncode == 0, done.stdout
    assert rows(client, f"{DEMO}.stock") == [
        ("tea", 1.5, datetime.date(2024, 1, 5), "007", 0.12, True),
        ('coffee "fine", ground', 12345678901234567890.0, None, None, None, False),
        (None, 2.0, datetime.date(2024, 2, 29), "茶", None, None),
    ]


def test_names_that_bigquery_does_not_take_are_changed_and_zeros_kept(client, sandbox):
    done = sandbox.run_job("contacts", "contacts")
    assert done.returncode == 0, done.stdout
    told = client.get_table(f"{DEMO}.contacts")
    assert len({f.name.lower() for f in told.schema}) == len(told.schema) >= 9
    first = dict(next(iter(client.list_rows(told, max_results=1))))
    assert first["Name"] == "Ada Berg"
    assert "01067" in first.values()


def test_a_job_that_fails_leaves_the_table_as_it_was(client, sandbox):
    assert sandbox.run_job("orders", "kept").returncode == 0
    before = client.get_table(f"{DEMO}.kept")
    done = sandbox.run_job("orders", "kept", GOOGLE_SHEET_TAB_NAME="Ordres")
    assert done.returncode == 3, done.stdout
    after = client.get_table(f"{DEMO}.kept")
    assert (after.etag, after.num_rows, after.modified) == (before.etag, 100, before.modified)
