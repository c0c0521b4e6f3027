#!/usr/bin/env python3
"""Reads a document that `helper ... -o json` printed and checks it against docs/schema/NAME.json.

check_schema.py [--yaml]     the document comes on standard input; prints its schema and `valid`, or what is wrong
"""
import json
import pathlib
import sys

import jsonschema

folder = pathlib.Path(__file__).resolve().parents[2] / "docs" / "schema"


def main() -> int:
    text = sys.stdin.read()
    if "--yaml" in sys.argv:
        import yaml

        document = yaml.safe_load(text)
    else:
        document = json.loads(text)
    name = document["schema"]
    path = folder / (name.replace("/", ".") + ".json")
    if not path.exists():
        print(f"there is no {path.name} in docs/schema")
        return 1
    schema = json.loads(path.read_text())
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    problems = sorted(validator(schema).iter_errors(document), key=str)
    for problem in problems:
        place = "/".join(str(step) for step in problem.absolute_path)
        print(f"{name} at /{place}: {problem.message}")
    if not problems:
        print(f"{name} valid")
    return 1 if problems else 0


sys.exit(main())
