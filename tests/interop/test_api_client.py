"""google-api-python-client: calls built from the API descriptions that it ships with, endpoints overridden."""

import googleapiclient.discovery
import googleapiclient.errors
import pytest
from conftest import BIGQUERY, PROJECT, READ_SHEETS

SANDBOX_ARGUMENTS = ["--sheet", "stock={data}/stock.json", "--sheet", "private={data}/private.json"]

pytestmark = pytest.mark.usefixtures("valid_requests")


@pytest.fixture
def build(sandbox, credentials):
    opened = []

    def build(name, version, host, base, scope):
        service = googleapiclient.discovery.build(
            name,
            version,
            credentials=credentials(scope),
            static_discovery=True,
            cache_discovery=False,
            client_options={"api_endpoint": f"{sandbox.service(host)}/{base}"},
        )
        opened.append(service)
        return service

    yield build
    for service in opened:
        service.close()


@pytest.fixture
def sheets(build):
    return build("sheets", "v4", "sheets.googleapis.com", "", READ_SHEETS).spreadsheets()


@pytest.fixture
def drive(build):
    return build("drive", "v3", "www.googleapis.com", "drive/v3/", "https://www.googleapis.com/auth/drive.metadata.readonly")


@pytest.fixture
def bigquery(build):
    return build("bigquery", "v2", "bigquery.googleapis.com", "bigquery/v2/", BIGQUERY)


def test_metadata_of_a_spreadsheet(sheets):
    told = sheets.get(spreadsheetId="stock-id").execute()
    assert told["spreadsheetId"] == "stock-id"
    assert told["properties"]["timeZone"] == "Europe/Berlin"
    assert [tab["properties"]["title"] for tab in told["sheets"]] == ["Stock", "It's empty", "Hidden", "Moments"]
    assert told["sheets"][0]["properties"]["gridProperties"] == {"rowCount": 20, "columnCount": 8}
    assert told["sheets"][2]["properties"]["hidden"] is True
    assert "hidden" not in told["sheets"][0]["properties"]
    assert "data" not in told["sheets"][0]


def test_a_field_mask_leaves_the_rest_out(sheets):
    told = sheets.get(spreadsheetId="stock-id", fields="sheets.properties(sheetId,title)").execute()
    assert told == {
        "sheets": [
            {"properties": {"sheetId": 0, "title": "Stock"}},
            {"properties": {"sheetId": 77, "title": "It's empty"}},
            {"properties": {"sheetId": 12, "title": "Hidden"}},
            {"properties": {"sheetId": 13, "title": "Moments"}},
        ]
    }


@pytest.mark.undescribed('unknown path "sheets.nonsense"')
def test_a_field_mask_with_an_unknown_field_is_a_bad_request(sheets):
    with pytest.raises(googleapiclient.errors.HttpError) as caught:
        sheets.get(spreadsheetId="stock-id", fields="sheets.nonsense").execute()
    assert caught.value.status_code == 400
    assert "Cannot find matching fields for path 'sheets.nonsense'" in str(caught.value.error_details)


def test_values_of_a_range(sheets):
    told = sheets.values().get(spreadsheetId="stock-id", range="Stock!A1:C2", valueRenderOption="UNFORMATTED_VALUE").execute()
    assert told == {
        "range": "Stock!A1:C2",
        "majorDimension": "ROWS",
        "values": [["Item", "Price", "Counted on"], ["tea", 1.5, 45296]],
    }


def test_dates_as_text(sheets):
    told = (
        sheets.values()
        .get(spreadsheetId="stock-id", range="Moments!A1:A3", valueRenderOption="UNFORMATTED_VALUE",
             dateTimeRenderOption="FORMATTED_STRING")
        .execute()
    )  # fmt: skip
    assert told["values"] == [["2024-01-05"], [], ["2024-01-05 12:00:00"]]


def test_values_of_several_ranges(sheets):
    told = (
        sheets.values()
        .batchGet(spreadsheetId="stock-id", ranges=["Stock!A1:A2", "'It''s empty'!A1", "Hidden!A:B"], majorDimension="COLUMNS")
        .execute()
    )
    assert told == {
        "spreadsheetId": "stock-id",
        "valueRanges": [
            {"range": "Stock!A1:A2", "majorDimension": "COLUMNS", "values": [["Item", "tea"]]},
            {"range": "'It''s empty'!A1", "majorDimension": "COLUMNS"},
            {"range": "Hidden!A1:B9", "majorDimension": "COLUMNS", "values": [["a", "1"], ["", "", "2"]]},
        ],
    }


def test_grid_data_has_values_and_formats(sheets):
    told = sheets.get(spreadsheetId="stock-id", ranges=["Stock!A2:F3"], includeGridData=True).execute()
    (sheet,) = told["sheets"]
    tea, coffee = (row["values"] for row in sheet["data"][0]["rowData"])
    assert tea[0]["effectiveValue"] == {"stringValue": "tea"}
    assert tea[1]["effectiveValue"] == {"numberValue": 1.5}
    assert tea[1]["formattedValue"] == "$1.50"
    assert tea[1]["effectiveFormat"]["numberFormat"]["type"] == "CURRENCY"
    assert tea[2]["effectiveFormat"]["numberFormat"] == {"type": "DATE", "pattern": "yyyy-mm-dd"}
    assert tea[5]["effectiveValue"] == {"boolValue": True}
    assert coffee[4]["effectiveValue"]["errorValue"]["type"] == "N_A"


@pytest.mark.parametrize(
    ("spreadsheet", "span", "status", "reason"),
    [
        ("no-such-id", "A1", 404, "Requested entity was not found."),
        ("private-id", "A1", 403, "The caller does not have permission"),
        ("stock-id", "Nope!A1", 400, "Unable to parse range: Nope!A1"),
    ],
)
def test_refusals_are_http_errors(sheets, spreadsheet, span, status, reason):
    with pytest.raises(googleapiclient.errors.HttpError) as caught:
        sheets.values().get(spreadsheetId=spreadsheet, range=span).execute()
    assert caught.value.status_code == status
    assert caught.value.reason == reason


def test_the_client_tries_again_after_a_server_error(sandbox, sheets):
    sandbox.tell("faults", {"path_contains": "/values/", "status": 503, "times": 2})
    request = sheets.values().get(spreadsheetId="stock-id", range="A1")
    request._sleep = lambda _: None
    assert request.execute(num_retries=3)["values"] == [["Item"]]


def test_drive_describes_the_file(drive):
    told = drive.files().get(fileId="stock-id", fields="id,name,mimeType,version,modifiedTime", supportsAllDrives=True).execute()
    assert told["mimeType"] == "application/vnd.google-apps.spreadsheet"
    assert told["name"] == "Stock 2026"


def test_drive_does_not_show_what_is_not_shared(drive):
    with pytest.raises(googleapiclient.errors.HttpError) as caught:
        drive.files().get(fileId="private-id").execute()
    assert caught.value.status_code == 404
    assert caught.value.error_details[0]["reason"] == "notFound"


def test_a_table_is_made_described_changed_and_deleted(bigquery):
    where = {"projectId": PROJECT, "datasetId": "demo"}
    fields = [{"name": "id", "type": "INT64", "mode": "REQUIRED"}, {"name": "name", "type": "STRING", "maxLength": "10"}]
    body = {"tableReference": {**where, "tableId": "made"}, "schema": {"fields": fields}, "labels": {"by": "test"}}
    made = bigquery.tables().insert(**where, body=body).execute()
    assert made["id"] == f"{PROJECT}:demo.made"
    assert [f["type"] for f in made["schema"]["fields"]] == ["INTEGER", "STRING"]
    changed = bigquery.tables().patch(**where, tableId="made", body={"description": "made here"}).execute()
    assert (changed["description"], changed["labels"]) == ("made here", {"by": "test"})
    assert bigquery.tabledata().list(**where, tableId="made").execute()["totalRows"] == "0"
    assert [t["tableReference"]["tableId"] for t in bigquery.tables().list(**where).execute()["tables"]] == ["made"]
    assert bigquery.tables().delete(**where, tableId="made").execute() == ""
    with pytest.raises(googleapiclient.errors.HttpError) as caught:
        bigquery.tables().get(**where, tableId="made").execute()
    assert caught.value.status_code == 404
    assert caught.value.error_details[0]["reason"] == "notFound"


def test_an_unknown_project_or_dataset_is_an_http_error(bigquery):
    with pytest.raises(googleapiclient.errors.HttpError) as caught:
        bigquery.datasets().get(projectId=PROJECT, datasetId="nowhere").execute()
    assert caught.value.status_code == 404
    assert caught.value.reason == f"Not found: Dataset {PROJECT}:nowhere"
