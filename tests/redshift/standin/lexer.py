"""SQL as a list of tokens that know their place in the text, so that a statement is changed where it must be and nowhere else."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tests.redshift.standin.errors import SYNTAX, RedshiftError

_TOKEN = re.compile(
    r"""
    (?P<space>\s+ | --[^\n]* | /\*.*?\*/)
  | (?P<string>[eE]?'(?:[^'\\]|''|\\.)*')
  | (?P<quoted>"(?:[^"]|"")*")
  | (?P<parameter>\$\d+)
  | (?P<number>\d+(?:\.\d+)?)
  | (?P<word>\#?[^\W\d][\w$]*)
  | (?P<sign>::|<=|>=|<>|!=|\|\||.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """A word, name, literal or sign; `word` is upper case for a bare word and empty for all else."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        return self.text.upper() if self.kind == "word" else ""

    @property
    def name(self) -> str:
        """As an identifier: Redshift folds quoted ones to lower case too (guide: r_names)."""
        return (self.text[1:-1].replace('""', '"') if self.kind == "quoted" else self.text).lower()

    @property
    def value(self) -> str:
        """As a string literal."""
        if self.kind != "string":
            raise syntax_error(self)
        return re.sub(r"\\(.)", r"\1", self.text[self.text.index("'") + 1 : -1].replace("''", "'"))


def syntax_error(token: Token | None) -> RedshiftError:
    """The complaint about a token that does not belong where it stands."""
    return RedshiftError(f'syntax error at or near "{token.text}"' if token else "syntax error at end of input", SYNTAX)


def tokens(sql: str) -> list[Token]:
    """The tokens of a text, without spaces and comments."""
    return [
        Token(str(match.lastgroup), match.group(), match.start(), match.end())
        for match in _TOKEN.finditer(sql)
        if match.lastgroup != "space"
    ]


def statements(sql: str) -> list[str]:
    """The statements of a text."""
    found, start = [], 0
    for token in tokens(sql):
        if token.text == ";":
            found.append(sql[start : token.start])
            start = token.end
    return [each for each in (*found, sql[start:]) if tokens(each)]


def closing(found: Sequence[Token], at: int) -> int:
    """The place of the parenthesis that closes the one at a place."""
    depth = 0
    for place in range(at, len(found)):
        depth += (found[place].text == "(") - (found[place].text == ")")
        if depth == 0:
            return place
    raise syntax_error(None)


def split_at_commas(found: Sequence[Token]) -> list[list[Token]]:
    """The parts between the commas that stand in no parentheses."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in found:
        depth += (token.text == "(") - (token.text == ")")
        if token.text == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts if parts != [[]] else []


def literal(value: str) -> str:
    """A string literal for a session in which a backslash escapes."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A quoted name."""
    return '"' + name.replace('"', '""') + '"'


class Reader:
    """Reads tokens from the front."""

    def __init__(self, found: Sequence[Token]) -> None:
        self._tokens = found
        self.place = 0

    @property
    def next(self) -> Token | None:
        return self._tokens[self.place] if self.place < len(self._tokens) else None

    @property
    def word(self) -> str:
        return self.next.word if self.next else ""

    def take(self) -> Token:
        """The next token, whatever it is."""
        if self.next is None:
            raise syntax_error(None)
        self.place += 1
        return self._tokens[self.place - 1]

    def takes(self, *words: str) -> bool:
        """Takes these words if they are next, all or none."""
        ahead = [token.word or token.text for token in self._tokens[self.place : self.place + len(words)]]
        if ahead == list(words):
            self.place += len(words)
            return True
        return False

    def expect(self, *words: str) -> None:
        """Takes these words, or complains."""
        if not self.takes(*words):
            raise syntax_error(self.next)

    def group(self) -> list[Token]:
        """The tokens of a parenthesis that is next, without it."""
        if self.next is None or self.next.text != "(":
            raise syntax_error(self.next)
        end = closing(self._tokens, self.place)
        inner = list(self._tokens[self.place + 1 : end])
        self.place = end + 1
        return inner

    def qualified_name(self) -> list[str]:
        """A name with its schema and database, in lower case."""
        parts = [self.take().name]
        while self.takes("."):
            parts.append(self.take().name)
        return parts

    def end(self) -> None:
        """Complains if anything is left."""
        if self.next is not None:
            raise syntax_error(self.next)
