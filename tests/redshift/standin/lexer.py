"""SQL as a list of tokens that know their place in the text, so that a statement is changed where it must be and nowhere else."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import TokenType
from sqlglot.dialects.redshift import Redshift
from sqlglot.errors import TokenError

from tests.redshift.standin.errors import SYNTAX, RedshiftError

_STRINGS = frozenset({TokenType.STRING, TokenType.BYTE_STRING})


class _Tokenizer(Redshift.Tokenizer):
    """sqlglot's, without its keywords: a word is a word, two of them are two tokens, and no statement's rest is skipped."""

    KEYWORDS = {sign: kind for sign, kind in Redshift.Tokenizer.KEYWORDS.items() if not any(map(str.isalnum, sign))}
    COMMANDS = set()
    # sqlglot takes `$1,$2` for the beginning of a dollar quote. The quotes that dbt writes are these.
    HEREDOC_STRINGS = []
    RAW_STRINGS = [(tag, tag) for tag in ("$$", "$dbt_comment_literal_block$")]


@dataclass(frozen=True)
class Token:
    """A word, name, literal or sign as it is written, and its content without quotes and escapes."""

    kind: TokenType
    text: str
    content: str
    start: int
    end: int

    @property
    def is_quoted(self) -> bool:
        """Whether it is a quoted name."""
        return self.kind is TokenType.IDENTIFIER

    @property
    def is_string(self) -> bool:
        """Whether it is a string literal."""
        return self.kind in _STRINGS

    @property
    def word(self) -> str:
        """A bare word in upper case; empty for all else."""
        return self.text.upper() if self.kind is TokenType.VAR else ""

    @property
    def name(self) -> str:
        """As an identifier: Redshift folds quoted ones to lower case too (guide: r_names)."""
        return self.content.lower()

    @property
    def value(self) -> str:
        """As a string literal."""
        if not self.is_string:
            raise syntax_error(self)
        return self.content


def syntax_error(token: Token | None) -> RedshiftError:
    """The error for a token that is not allowed where it stands."""
    return RedshiftError(f'syntax error at or near "{token.text}"' if token else "syntax error at end of input", SYNTAX)


def tokens(sql: str) -> list[Token]:
    """The tokens of a text, without spaces and comments.

    Raises:
        RedshiftError: a quote or a comment has no end.
    """
    try:
        found = _Tokenizer("redshift").tokenize(sql)
    except TokenError as error:
        raise RedshiftError(f"syntax error: {error}", SYNTAX) from None
    return [Token(each.token_type, sql[each.start : each.end + 1], each.text, each.start, each.end + 1) for each in found]


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
        """Takes these words, or raises a syntax error."""
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
        """Raises a syntax error if anything is left."""
        if self.next is not None:
            raise syntax_error(self.next)
