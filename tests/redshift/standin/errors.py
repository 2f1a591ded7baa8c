"""The errors of Redshift, with the fields in which it sends them."""

from dataclasses import dataclass

INTERNAL = "XX000"
SYNTAX = "42601"
NOT_SUPPORTED = "0A000"
UNDEFINED_COLUMN = "42703"
ACTIVE_TRANSACTION = "25001"
ABORTED_TRANSACTION = "25P02"

_DETAIL = """
  -----------------------------------------------
  error:  {error}
  code:      {code}
  context:   {context}
  query:     0
  location:  {location}
  process:   {process} [pid=0]
  -----------------------------------------------
"""


@dataclass
class RedshiftError(Exception):
    """A statement refused: message, SQLSTATE and detail as a client gets them."""

    message: str
    code: str = INTERNAL
    detail: str | None = None

    def __str__(self) -> str:
        return self.message


def unsupported(what: str, rule: str) -> RedshiftError:
    """Something that Redshift lacks; the detail names the rule."""
    return RedshiftError(what, NOT_SUPPORTED, f"rule: {rule}")


def unknown_here(what: str) -> RedshiftError:
    """Something that Redshift may take, and that the stand-in has not learned: no proof either way, so refused."""
    return RedshiftError(f"the stand-in does not know {what}; whether Redshift does is not said by this", NOT_SUPPORTED)


def scan_error(code: int, context: str) -> RedshiftError:
    """COPY's error for a columnar file (texts: rudderlabs/rudder-server#3178, aws/aws-sdk-pandas#529)."""
    error = "Spectrum Scan Error"
    detail = _DETAIL.format(error=error, code=code, context=context, location="dory_util.cpp:0", process="worker_thread")
    return RedshiftError(error, INTERNAL, detail)


def value_too_long(width: int) -> RedshiftError:
    """A text of more bytes than its column holds (text: dbt-labs/dbt-core#175)."""
    error = "Value too long for character type"
    context = f"Value too long for type character varying({width})"
    return RedshiftError(
        error, INTERNAL, _DETAIL.format(error=error, code=8001, context=context, location="funcs_string.hpp:0", process="query0")
    )


def serialisation() -> RedshiftError:
    """Two transactions that cannot be put one after the other (guide: c_serial_isolation)."""
    return RedshiftError("1023", INTERNAL, "Serializable isolation violation on table in Redshift")
