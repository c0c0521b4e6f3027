"""Python's own YAML reader over what -o yaml answers: it is the document of -o json."""

import json
import os
import subprocess

import pytest
import yaml
from conftest import build_folder

PROGRAM = build_folder()["job"].parents[1] / "helper/sheetbq-helper"


def answer(form, *words):
    environment = {"PATH": os.environ["PATH"], "HOME": "/nowhere", "SHEETBQ_OUTPUT": "", "LANG": "C.UTF-8"}
    done = subprocess.run([PROGRAM, *words, "-o", form], capture_output=True, check=True, text=True, env=environment)
    return done.stdout


@pytest.mark.parametrize("words", [["version"], ["config", "path"], ["config", "show"]])
def test_yaml_says_what_json_says(words):
    from_json = json.loads(answer("json", *words))
    from_yaml = yaml.safe_load(answer("yaml", *words))
    for document in from_json, from_yaml:
        for setting in document.get("settings", []):
            if setting["name"] == "output":
                setting["value"] = "differs"
    assert from_yaml == from_json
    assert from_yaml["schema"].startswith("sheetbq.")
