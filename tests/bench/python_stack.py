#!/usr/bin/env python3
"""Copies one tab into a table the way Python programs do: gspread, pandas, gzip CSV, google-cloud-bigquery.

    python_stack.py --api-root http://127.0.0.1:PORT --key KEY.json --spreadsheet ID --tab TITLE --table PROJECT.DATASET.NAME

The sandbox stands for Google. Prints one line of JSON about this process: cells loaded (rows below the header times columns,
blanks included), CPU seconds since its start, wall seconds since before its imports, and its highest resident memory.
"""

import argparse
import gzip
import io
import json
import re
import resource
import sys
import time

STARTED = time.monotonic()

# These imports are part of what is measured: every run of such a program pays for them.
import gspread  # noqa: E402
import pandas  # noqa: E402
from google.auth import _regional_access_boundary_utils  # noqa: E402
from google.cloud import bigquery  # noqa: E402
from google.oauth2 import service_account  # noqa: E402

SCOPES = ["https://www.googleapis.com/auth/spreadsheets.readonly", "https://www.googleapis.com/auth/bigquery"]
SHEETS_EPOCH = "1899-12-30"


def read_arguments():
    parser = argparse.ArgumentParser(description="Loads one tab of the sandbox into a table with Google's Python clients.")
    for option in ("--api-root", "--key", "--spreadsheet", "--tab", "--table"):
        parser.add_argument(option, required=True)
    return parser.parse_args()


def use_sandbox(root):
    """Makes the clients that have no setting for it talk to the sandbox: gspread, and google-auth's look-up of locations."""
    for module in [module for name, module in list(sys.modules.items()) if name.split(".")[0] == "gspread"]:
        for name, value in list(vars(module).items()):
            if isinstance(value, str) and value.startswith("https://sheets.googleapis.com"):
                setattr(module, name, value.replace("https://", root + "/"))
    _regional_access_boundary_utils.get_service_account_rab_endpoint = (
        lambda email: f"{root}/iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{email}/allowedLocations"
    )


def read_tab(credentials, spreadsheet, title):
    """The whole tab, values as Sheets stores them, and the format of each column's first cell below the header."""
    client = gspread.authorize(credentials)
    tab = client.open_by_key(spreadsheet).worksheet(title)
    header, *rows = tab.get_values(value_render_option="UNFORMATTED_VALUE", pad_values=False, maintain_size=False)
    told = client.http_client.fetch_sheet_metadata(
        spreadsheet,
        {
            "ranges": f"'{title}'!2:2",
            "fields": "sheets(data(rowData(values(effectiveFormat(numberFormat)))))",
        },
    )
    first = told["sheets"][0]["data"][0].get("rowData", [{}])[0].get("values", [])
    formats = [cell.get("effectiveFormat", {}).get("numberFormat", {}).get("type", "") for cell in first]
    return header, rows, formats + [""] * (len(header) - len(formats))


def field_type(column, number_format):
    """What a column is, by its first cell's format and by what its cells are."""
    kinds = {type(value) for value in column if value is not None}
    if kinds == {bool}:
        return "BOOLEAN"
    if kinds and kinds <= {int, float}:
        if number_format == "DATE":
            return "DATE"
        if number_format == "DATE_TIME":
            return "DATETIME"
        return "INTEGER" if kinds == {int} else "FLOAT"
    return "STRING"


def converted(column, kind):
    """The column as pandas keeps values of its type, ready for CSV."""
    if kind in ("DATE", "DATETIME"):
        days = pandas.to_datetime(pandas.Series(column, dtype="float64"), unit="D", origin=SHEETS_EPOCH).dt.round("ms")
        return days.dt.strftime("%Y-%m-%d" if kind == "DATE" else "%Y-%m-%d %H:%M:%S.%f")
    return pandas.Series(column, dtype={"INTEGER": "Int64", "FLOAT": "Float64", "BOOLEAN": "boolean"}.get(kind, "object"))


def to_frame(header, rows, formats):
    """The data frame and the schema for BigQuery."""
    frame, schema = {}, []
    for place, name in enumerate(header):
        column = [row[place] if place < len(row) and row[place] != "" else None for row in rows]
        kind = field_type(column, formats[place])
        name = re.sub(r"\W", "_", str(name), flags=re.ASCII) or f"column_{place + 1}"
        frame[name] = converted(column, kind)
        schema.append(bigquery.SchemaField(name, kind))
    return pandas.DataFrame(frame), schema


def load(credentials, root, frame, schema, table):
    """Gzip CSV, one load job. @returns rows loaded."""
    client = bigquery.Client(
        project=table.split(".")[0],
        credentials=credentials,
        client_options={"api_endpoint": f"{root}/bigquery.googleapis.com"},
    )
    packed = io.BytesIO()
    with gzip.open(packed, "wt", compresslevel=6, encoding="utf-8", newline="") as text:
        frame.to_csv(text, index=False, header=False, na_rep="")
    config = bigquery.LoadJobConfig(
        source_format="CSV", schema=schema, write_disposition="WRITE_TRUNCATE", allow_quoted_newlines=True
    )
    job = client.load_table_from_file(packed, table, rewind=True, size=packed.getbuffer().nbytes, job_config=config)
    job.result()
    return job.output_rows


def main():
    given = read_arguments()
    root = given.api_root.rstrip("/")
    use_sandbox(root)
    credentials = service_account.Credentials.from_service_account_file(given.key, scopes=SCOPES)
    header, rows, formats = read_tab(credentials, given.spreadsheet, given.tab)
    frame, schema = to_frame(header, rows, formats)
    loaded = load(credentials, root, frame, schema, given.table)
    if loaded != len(rows):
        sys.exit(f"BigQuery loaded {loaded} rows of {len(rows)}")
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "cells": len(rows) * len(header),
                "cpu_seconds": round(used.ru_utime + used.ru_stime, 3),
                "wall_seconds": round(time.monotonic() - STARTED, 3),
                "peak_rss_bytes": used.ru_maxrss * 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
