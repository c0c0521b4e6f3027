"""A reader of Terraform's language, as far as our files go: blocks, arguments, literals; other expressions stay text."""

import re
from dataclasses import dataclass, field


class HclError(Exception):
    pass


@dataclass
class Expression:
    """Something that only Terraform can evaluate."""

    text: str


@dataclass
class Block:
    type: str
    labels: list[str]
    arguments: dict[str, object] = field(default_factory=dict)
    blocks: list["Block"] = field(default_factory=list)
    text: str = ""

    def all(self, kind: str) -> list["Block"]:
        return [block for block in self.blocks if block.type == kind]

    def one(self, kind: str) -> "Block":
        found = self.all(kind)
        if len(found) != 1:
            raise HclError(f"{self.type} {' '.join(self.labels)}: {len(found)} blocks {kind}, not one")
        return found[0]


TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*|//[^\n]*|/\*.*?\*/)|(?P<newline>\n)|(?P<space>[ \t\r]+)|(?P<name>[A-Za-z_][\w-]*)
      |(?P<number>\d+(?:\.\d+)?)|(?P<quote>")|(?P<punctuation>=>|==|!=|<=|>=|&&|\|\||\.\.\.|[{}()\[\]=,.:?!<>+*/%-])""",
    re.VERBOSE | re.DOTALL,
)


def string_end(text: str, start: int) -> int:
    """Behind the quote that ends the string which begins at `start`; `${...}` may hold strings of its own."""
    at = start + 1
    while at < len(text) and text[at] != "\n":
        if text[at] == "\\":
            at += 2
        elif text.startswith("${", at):
            depth = 1
            at += 2
            while depth:
                if at >= len(text):
                    raise HclError("a ${ is never closed")
                if text[at] == '"':
                    at = string_end(text, at)
                    continue
                depth += {"{": 1, "}": -1}.get(text[at], 0)
                at += 1
        elif text[at] == '"':
            return at + 1
        else:
            at += 1
    raise HclError(f"line {text.count(chr(10), 0, start) + 1}: a string is never closed")


def tokens(text: str) -> list[tuple[str, str, int]]:
    found, at = [], 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise HclError(f"line {text.count(chr(10), 0, at) + 1}: cannot read {text[at:at + 20]!r}")
        kind, end = match.lastgroup, match.end()
        if kind == "quote":
            kind, end = "string", string_end(text, at)
        if kind not in ("comment", "space"):
            found.append((kind, text[at:end], at))
        at = end
    found.append(("end", "", len(text)))
    return found


class Parser:
    def __init__(self, text: str):
        self.text, self.tokens, self.at = text, tokens(text), 0

    def fail(self, what: str):
        raise HclError(f"line {self.text.count(chr(10), 0, self.tokens[self.at][2]) + 1}: {what}")

    def peek(self) -> tuple[str, str, int]:
        return self.tokens[self.at]

    def take(self) -> tuple[str, str, int]:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def body(self, into: Block, closing: str) -> None:
        while True:
            kind, word, start = self.take()
            if kind == "newline":
                continue
            if word == closing and kind in ("punctuation", "end"):
                into.text += self.text[:start] if closing == "" else ""
                return
            if kind != "name":
                self.at -= 1
                self.fail(f"expected a name, found {word!r}")
            if self.peek()[1] == "=":
                self.take()
                if word in into.arguments:
                    self.fail(f"{word} is there twice")
                into.arguments[word] = self.expression()
            else:
                into.blocks.append(self.block(word, start))

    def block(self, word: str, start: int) -> Block:
        block = Block(word, [])
        while self.peek()[0] in ("string", "name"):
            block.labels.append(self.take()[1].strip('"'))
        if self.take()[1] != "{":
            self.at -= 1
            self.fail(f"expected {{ after {word}")
        self.body(block, "}")
        block.text = self.text[start : self.tokens[self.at][2]]
        return block

    def expression(self) -> object:
        begin, depth = self.at, 0
        while True:
            kind, word, _ = self.peek()
            if depth == 0 and (kind == "newline" or word == "}" or kind == "end"):
                break
            if kind == "end":
                self.fail("a bracket is never closed")
            if kind == "punctuation":
                depth += 1 if word in "([{" else -1 if word in ")]}" else 0
            self.at += 1
        if self.at == begin:
            self.fail("nothing stands after =")
        return literal([token for token in self.tokens[begin : self.at] if token[0] != "newline"], self.text)


def literal(part: list[tuple[str, str, int]], text: str) -> object:
    """The value of a literal; an Expression where it is none."""
    whole = text[part[0][2] : part[-1][2] + len(part[-1][1])]
    if len(part) == 1:
        kind, word, _ = part[0]
        if kind == "string":
            return word[1:-1].replace('\\"', '"').replace("\\\\", "\\")
        if kind == "number":
            return float(word) if "." in word else int(word)
        if word in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[word]
    if part[0][1] == "[" and part[-1][1] == "]" and len(part) > 1 and part[1][1] != "for":
        return [literal(item, text) for item in split(part[1:-1])]
    if part[0][1] == "{" and part[-1][1] == "}" and len(part) > 2 and part[1][1] != "for":
        pairs = {}
        for item in pairs_of(part[1:-1]):
            if len(item) > 2 and item[1][1] in ("=", ":"):
                pairs[item[0][1].strip('"')] = literal(item[2:], text)
            else:
                return Expression(whole)
        return pairs
    return Expression(whole)


def split(part: list[tuple[str, str, int]]) -> list[list[tuple[str, str, int]]]:
    items, depth = [[]], 0
    for token in part:
        depth += 1 if token[1] in ("(", "[", "{") else -1 if token[1] in (")", "]", "}") else 0
        if token[1] == "," and depth == 0:
            items.append([])
        else:
            items[-1].append(token)
    return [item for item in items if item]


def pairs_of(part: list[tuple[str, str, int]]) -> list[list[tuple[str, str, int]]]:
    """Entries of an object, which line breaks may part as well as commas: those are gone, so by `name =`."""
    items = []
    for item in split(part):
        starts = [0]
        depth = 0
        for at, token in enumerate(item):
            depth += 1 if token[1] in ("(", "[", "{") else -1 if token[1] in (")", "]", "}") else 0
            if at and depth == 0 and token[0] in ("name", "string") and at + 1 < len(item) and item[at + 1][1] == "=":
                starts.append(at)
        items += [item[a:b] for a, b in zip(starts, starts[1:] + [len(item)])]
    return items


def parse(text: str) -> Block:
    root = Block("file", [])
    Parser(text).body(root, "")
    return root
