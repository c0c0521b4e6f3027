"""What the programs take and say, read from their own tables in the sources."""

import re
from pathlib import Path


class Programs:
    def __init__(self, root: Path):
        read = lambda path: (root / path).read_text()
        library = "libsheetbq/sheetbq"
        flags = read(f"{library}/app/fleet_flags.cpp") + read("orchestrator/options.cpp")
        # Flag{"name", "WORD", "VARIABLE", "default", ...
        self.flags = {
            match[1]: {"takes": match[2], "variable": match[3], "default": match[4]}
            for match in re.finditer(r'Flag\{\s*"([a-z-]+)",\s*"([^"]*)",\s*"([A-Z_]*)",\s*"([^"]*)"', flags)
        }
        settings = set(re.findall(r'SettingDefinition\{\s*"([A-Z_]+)"', read(f"{library}/app/settings.cpp")))
        options = dict(re.findall(r'OptionDefinition\{\s*"([A-Z_]+)",\s*"([^"]*)"', read(f"{library}/etl/options.cpp")))
        fleet = {flag["variable"] for flag in self.flags.values() if flag["variable"]}
        self.variables = {"job": set(options) | settings, "orchestrator": fleet | settings, "helper": fleet | settings}
        if len(options) < 20 or len(settings) < 10 or len(self.flags) < 40:
            raise ValueError("the tables of flags and variables are not where this check looks for them")
        self._read_service(read(f"{library}/app/service.cpp"))
        self._read_events(root)

    def _read_service(self, text: str) -> None:
        open_part = text[: text.index("authenticate_(incoming")]
        answer = open_part[open_part.rindex("Service::answer") :]
        self.open_paths = set(re.findall(r'path == "(/[a-z]+)"', answer))
        self.posts = set(re.findall(r'Route\{"POST", "([^"]+)"', text))
        self.grace = int(re.search(r"milliseconds grace\{([\d']+)\}", text)[1].replace("'", "")) / 1000

    def _read_events(self, root: Path) -> None:
        text = "\n".join(
            path.read_text()
            for folder in ("libsheetbq", "job", "orchestrator")
            for path in sorted((root / folder).rglob("*.cpp"))
        )
        self.events = set(re.findall(r'(?:debug|info|notice|warning|error)\(\s*"([a-z_]+)"', text))
        # Fields of an event, and members of the report that run_finished is.
        self.fields = set(re.findall(r'\{"([a-z_]+)",', text)) | set(re.findall(r'phase\("([a-z]+)"', text))
        self.fields |= {"event", "error", "code", "seconds"}

    def seconds(self, flag: str) -> float:
        """The default of a flag that is a time."""
        match = re.fullmatch(r"(\d+)(s|m|h)", self.flags[flag]["default"])
        return int(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]]
