"""A strict check of what we send or declare against Google's own API descriptions (discovery documents)."""

import json
import re
from pathlib import Path

from hcl import Expression


class Discovery:
    def __init__(self, file: Path):
        self.schemas = json.loads(file.read_text())["schemas"]

    def check(self, value: object, schema: str, where: str) -> list[str]:
        """What is wrong with `value`, each with its place."""
        return self._value(value, {"$ref": schema}, where)

    def _value(self, value: object, rule: dict, where: str) -> list[str]:
        if isinstance(value, Expression):
            return []
        if "$ref" in rule:
            rule = self.schemas[rule["$ref"]]
        kind = rule.get("type")
        if kind == "object":
            return self._object(value, rule, where)
        if kind == "array":
            if not isinstance(value, list):
                return [f"{where}: should be a list"]
            return [bad for i, item in enumerate(value) for bad in self._value(item, rule["items"], f"{where}[{i}]")]
        return self._scalar(value, rule, where)

    def _object(self, value: object, rule: dict, where: str) -> list[str]:
        if not isinstance(value, dict):
            return [f"{where}: should be an object"]
        known = rule.get("properties", {})
        bad = []
        for name, item in value.items():
            if name in known:
                if known[name].get("readOnly"):
                    bad.append(f"{where}.{name}: only Google sets it")
                bad += self._value(item, known[name], f"{where}.{name}")
            elif "additionalProperties" in rule:
                bad += self._value(item, rule["additionalProperties"], f"{where}.{name}")
            else:
                bad.append(f"{where}.{name}: {rule.get('id', 'the object')} has no such field")
        return bad

    def _scalar(self, value: object, rule: dict, where: str) -> list[str]:
        kind = rule.get("type")
        if kind == "boolean":
            return [] if isinstance(value, bool) else [f"{where}: should be true or false, is {value!r}"]
        if kind in ("integer", "number"):
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            return [] if number else [f"{where}: should be a number, is {value!r}"]
        if kind == "string":
            return self._text(value, rule, where)
        return []

    @staticmethod
    def _text(value: object, rule: dict, where: str) -> list[str]:
        numeric = rule.get("format") in ("int64", "uint64")
        if numeric and re.fullmatch(r"-?\d+", str(value)):
            return []
        if not isinstance(value, str):
            return [f"{where}: should be a text, is {value!r}"]
        if "${" in value:
            return []
        if "enum" in rule and value not in rule["enum"]:
            return [f"{where}: {value} is none of {', '.join(rule['enum'])}"]
        if rule.get("format") == "google-duration" and not re.fullmatch(r"\d+(\.\d{1,9})?s", value):
            return [f"{where}: {value} is no duration; write e.g. 300s"]
        return []


def camel(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


# What Terraform knows of a resource and Google's API does not, in the body.
META = {"count", "for_each", "depends_on", "provider", "lifecycle"}
# Blocks that are lists in the API even if there is one of them.
REPEATED = {"containers", "env", "ports", "volumeMounts", "volumes", "traffic"}


def body_of(block, outside: set[str] = frozenset()) -> dict:
    """A Terraform block as the body of Google's API: the provider made its names of the same descriptions."""
    out = {camel(name): value for name, value in block.arguments.items() if name not in META | outside}
    for inner in block.blocks:
        if inner.type in META:
            continue
        name, content = inner.type, inner
        if inner.type == "dynamic":
            name, content = inner.labels[0], inner.one("content")
        body = body_of(content)
        if camel(name) in REPEATED:
            out.setdefault(camel(name), []).append(body)
        else:
            out[camel(name)] = body
    return out
