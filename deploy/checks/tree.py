"""The files that are checked, read once."""

import json
from pathlib import Path

import yaml

import hcl
from discovery import Discovery
from programs import Programs


class Strict(yaml.SafeLoader):
    """YAML without keys that are there twice."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{key} is there twice", node.start_mark)
        return super().construct_mapping(node, deep)


class Tree:
    def __init__(self, root: Path, discovery: Path):
        self.root = root
        self.programs = Programs(root)
        self.yaml = {}
        for pattern in ("docker/*.yaml", "deploy/*.yaml", "deploy/run/*.yaml", "deploy/monitoring/*/*.yaml"):
            for path in sorted(root.glob(pattern)):
                self.yaml[str(path.relative_to(root))] = yaml.load(path.read_text(), Strict)
        self.dashboard = json.loads(self.text("deploy/monitoring/dashboard.json"))
        for name in ("cleanup-policy", "lifecycle"):
            json.loads(self.text(f"deploy/gcloud/{name}.json"))
        self.terraform = {}
        for path in sorted((root / "deploy/terraform").glob("*.tf*")):
            if path.suffix == ".tf" or path.name.endswith(".tfvars.example"):
                try:
                    self.terraform[path.name] = hcl.parse(path.read_text())
                except hcl.HclError as error:
                    raise hcl.HclError(f"deploy/terraform/{path.name}: {error}") from error
        blocks = [block for name, file in self.terraform.items() if name.endswith(".tf") for block in file.blocks]
        self.resources = {tuple(block.labels): block for block in blocks if block.type == "resource"}
        self.variables = {block.labels[0]: block for block in blocks if block.type == "variable"}
        self.blocks = blocks
        self._discovery = discovery

    def text(self, path: str) -> str:
        return (self.root / path).read_text()

    def discovery(self, name: str) -> Discovery | None:
        """None where the descriptions are not beside the checkout."""
        file = self._discovery / name
        return Discovery(file) if file.exists() else None

    def metrics(self) -> dict[str, dict]:
        return {text["name"]: text for path, text in self.yaml.items() if path.startswith("deploy/monitoring/metrics/")}

    def alerts(self) -> dict[str, dict]:
        return {path: text for path, text in self.yaml.items() if path.startswith("deploy/monitoring/alerts/")}
