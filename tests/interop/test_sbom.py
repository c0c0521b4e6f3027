"""The lists of parts that deploy/package.sh made, read by the makers of both formats."""

import json
import pathlib

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

PACKAGES = pathlib.Path(__file__).parents[2] / "build/packages"
PROGRAMS = ["sheetbq-job", "sheetbq-orchestrator", "sheetbq-helper"]

pytestmark = pytest.mark.skipif(not PACKAGES.exists(), reason="deploy/package.sh has not been run")


@pytest.mark.parametrize("program", PROGRAMS)
def test_cyclonedx_is_valid(program):
    text = (PACKAGES / f"{program}.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_5).validate_str(text) is None
    references = [component["bom-ref"] for component in json.loads(text)["components"]]
    assert len(references) == len(set(references)) > 10


@pytest.mark.parametrize("program", PROGRAMS)
def test_spdx_is_valid(program):
    document = parse_file(str(PACKAGES / f"{program}.spdx.json"))
    assert [message.validation_message for message in validate_full_spdx_document(document, "SPDX-2.3")] == []
    assert len(document.packages) > 10
