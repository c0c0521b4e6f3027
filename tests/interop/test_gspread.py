"""gspread reads the sandbox's sheets as it reads Google's."""

import json
import sys

import gspread
import gspread.exceptions
import gspread.urls
import pytest
from conftest import READ_SHEETS
from gspread.utils import ValueRenderOption

SANDBOX_ARGUMENTS = [
    "--sheet", "stock={data}/stock.json", "--sheet", "private={data}/private.json", "--sheet", "office={data}/office.json",
    "--sheet", "orders={tests}/data/demo/orders.csv", "--generate", "big=3000x23",
]  # fmt: skip

pytestmark = pytest.mark.usefixtures("valid_requests")


@pytest.fixture
def client(sandbox, credentials, monkeypatch):
    """gspread names Google's hosts in constants, which its modules import by name."""
    modules = [module for name, module in list(sys.modules.items()) if name.split(".")[0] == "gspread"]
    for module in modules:
        for name, value in list(vars(module).items()):
            if isinstance(value, str) and value.startswith(("https://sheets.googleapis.com", "https://www.googleapis.com")):
                monkeypatch.setattr(module, name, value.replace("https://", sandbox.root + "/"))
    return gspread.authorize(credentials(READ_SHEETS, "https://www.googleapis.com/auth/drive.metadata.readonly"))


@pytest.fixture
def stock(client):
    return client.open_by_key("stock-id")


def test_a_spreadsheet_opens_by_key_and_by_url(client, stock):
    assert (stock.title, stock.locale, stock.timezone) == ("Stock 2026", "en_US", "Europe/Berlin")
    assert client.open_by_url("https://docs.google.com/spreadsheets/d/stock-id/edit#gid=77").title == stock.title
    assert client.open_by_url(stock.url).id == "stock-id"


def test_worksheets_are_listed_in_order_with_their_properties(stock):
    tabs = stock.worksheets()
    assert [(t.title, t.id, t.index, t.row_count, t.col_count, t.isSheetHidden) for t in tabs] == [
        ("Stock", 0, 0, 20, 8, False),
        ("It's empty", 77, 1, 5, 3, False),
        ("Hidden", 12, 2, 9, 2, True),
        ("Moments", 13, 3, 9, 2, False),
    ]
    assert [t.title for t in stock.worksheets(exclude_hidden=True)] == ["Stock", "It's empty", "Moments"]
    assert stock.get_worksheet_by_id(77).title == "It's empty"
    assert stock.worksheet("Hidden").id == 12


def test_all_values_are_the_texts_that_a_person_sees(stock):
    assert stock.sheet1.get_all_values() == [
        ["Item", "Price", "Counted on", "Code", "Share", "In stock"],
        ["tea", "$1.50", "2024-01-05", "007", "12%", "TRUE"],
        ['coffee "fine", ground', "12345678901234567890", "", "", "#N/A", "FALSE"],
        ["", "2", "2024-02-29", "茶", "", ""],
    ]


def test_unformatted_values_keep_their_json_types(stock):
    values = stock.sheet1.get("A2:F4", value_render_option=ValueRenderOption.unformatted)
    assert values == [
        ["tea", 1.5, 45296, "007", 0.12, True],
        ['coffee "fine", ground', 12345678901234567890, "", "", "#N/A", False],
        ["", 2, 45351, "茶"],
    ]
    assert [type(value) for value in values[0]] == [str, float, int, str, float, bool]


def test_formulas_are_shown_when_asked_for(stock):
    assert stock.sheet1.get("B4", value_render_option=ValueRenderOption.formula) == [["=1+1"]]


def test_columns_come_as_columns(stock):
    assert stock.sheet1.col_values(4) == ["Code", "007", "", "茶"]
    assert stock.sheet1.row_values(2) == ["tea", "$1.50", "2024-01-05", "007", "12%", "TRUE"]
    assert stock.sheet1.get("A1:B2", major_dimension="COLUMNS") == [["Item", "tea"], ["Price", "$1.50"]]


def test_one_call_reads_several_ranges(stock):
    first, open_ended, empty = stock.sheet1.batch_get(["A1:B2", "D3:D", "H5:H9"])
    assert first == [["Item", "Price"], ["tea", "$1.50"]]
    assert open_ended == [[], ["茶"]] or open_ended == [[""], ["茶"]]
    assert empty in ([], [[]])
    assert first.range == "Stock!A1:B2"
    assert open_ended.range == "Stock!D3:D20"


def test_ranges_of_other_tabs_are_quoted_as_google_quotes_them(stock):
    answer = stock.values_batch_get(["'It''s empty'!A1:B2", "Hidden!A1:B"])
    assert [part["range"] for part in answer["valueRanges"]] == ["'It''s empty'!A1:B2", "Hidden!A1:B9"]
    assert "values" not in answer["valueRanges"][0]
    assert answer["valueRanges"][1]["values"] == [["a"], ["1"], ["", "2"]]


def test_an_empty_tab_has_no_values(stock):
    assert stock.worksheet("It's empty").get_all_values() in ([], [[]])


def test_records_are_keyed_by_the_header(client, sandbox):
    records = client.open_by_key(sandbox.sheets["orders"]).sheet1.get_all_records()
    assert len(records) == 100
    assert records[0]["Order ID"] == 10001
    assert records[0]["Customer"] == "Café Lumière"
    assert records[0]["Paid"] == "TRUE"


def test_one_cell_is_found_by_its_label(stock):
    cell = stock.sheet1.acell("C2")
    assert (cell.row, cell.col, cell.value) == (2, 3, "2024-01-05")


def test_formats_of_cells(stock):
    told = stock.fetch_sheet_metadata(
        {
            "ranges": ["Stock!A2:F4", "Moments!A1:A3"],
            "includeGridData": "true",
            "fields": "sheets(properties(title),data(startRow,startColumn,rowData(values(effectiveFormat(numberFormat)))))",
        }
    )

    def formats(sheet):
        (data,) = sheet["data"]
        return [[cell.get("effectiveFormat", {}).get("numberFormat") for cell in row.get("values", [])]
                for row in data["rowData"]]  # fmt: skip

    stock_tab, moments = told["sheets"]
    rows = formats(stock_tab)
    assert stock_tab["properties"]["title"] == "Stock"
    assert stock_tab["data"][0]["startRow"] == 1
    assert rows[0][1] == {"type": "CURRENCY", "pattern": '"$"#,##0.00'}
    assert rows[0][2] == {"type": "DATE", "pattern": "yyyy-mm-dd"}
    assert rows[0][4]["type"] == "PERCENT"
    assert formats(moments)[2] == [{"type": "DATE_TIME", "pattern": "yyyy-mm-dd hh:mm:ss"}]


@pytest.mark.undescribed('unknown parameter "includeItemsFromAllDrives"')
def test_drive_tells_about_the_file(client):
    told = client.http_client.get_file_drive_metadata("stock-id")
    assert told["id"] == "stock-id"
    assert told["name"] == "Stock 2026"


def test_a_big_sheet_arrives_whole(client, sandbox):
    values = client.open_by_key(sandbox.sheets["big"]).sheet1.get_all_values()
    assert len(values) == 3000
    assert {len(row) for row in values} == {23}
    assert len({row[0] for row in values}) == 3000


def test_a_missing_spreadsheet_is_not_found(client):
    with pytest.raises(gspread.exceptions.SpreadsheetNotFound) as caught:
        client.open_by_key("no-such-id")
    assert caught.value.args[0].status_code == 404


def test_a_spreadsheet_of_somebody_else_is_refused(client):
    with pytest.raises(PermissionError) as caught:
        client.open_by_key("private-id")
    assert isinstance(caught.value.__cause__, gspread.exceptions.APIError)
    assert caught.value.__cause__.error["status"] == "PERMISSION_DENIED"


def test_an_office_file_is_refused(client):
    with pytest.raises(gspread.exceptions.APIError) as caught:
        client.open_by_key("office-id")
    assert caught.value.code == 400
    assert caught.value.error["status"] == "FAILED_PRECONDITION"


def test_a_missing_tab_is_not_found(stock):
    with pytest.raises(gspread.exceptions.WorksheetNotFound):
        stock.worksheet("Stocks")


@pytest.mark.parametrize(
    ("span", "message"),
    [
        ("Stocks!A1", "Unable to parse range: Stocks!A1"),
        ("Stock!A0", "Unable to parse range: Stock!A0"),
        ("Stock!Z1", "exceeds grid limits"),
    ],
)
def test_a_range_that_is_not_there_is_a_bad_request(stock, span, message):
    with pytest.raises(gspread.exceptions.APIError, match=message) as caught:
        stock.values_get(span)
    assert caught.value.code == 400
    assert caught.value.error["status"] == "INVALID_ARGUMENT"


def test_one_bad_range_among_several_fails_the_call(stock):
    with pytest.raises(gspread.exceptions.APIError, match="Unable to parse range") as caught:
        stock.values_batch_get(["Stock!A1", "Nope!A1"])
    assert caught.value.code == 400


def test_a_missing_scope_is_an_api_error(client, credentials):
    other = gspread.authorize(credentials("https://www.googleapis.com/auth/bigquery"))
    with pytest.raises(gspread.exceptions.APIError, match="insufficient authentication scopes") as caught:
        other.http_client.values_get("stock-id", "A1")
    assert caught.value.code == 403


def test_too_many_requests_are_an_api_error(sandbox, stock):
    body = {"error": {"code": 429, "message": "Quota exceeded for quota metric 'Read requests'", "status": "RESOURCE_EXHAUSTED"}}
    sandbox.tell("faults", {"path_contains": "/values/", "status": 429, "body": json.dumps(body)})
    with pytest.raises(gspread.exceptions.APIError, match="Quota exceeded") as caught:
        stock.sheet1.get("A1")
    assert caught.value.code == 429
    assert stock.sheet1.get("A1") == [["Item"]]
