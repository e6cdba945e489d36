"""``gomend incidents query``: SQL over a folder of telemetry."""

from __future__ import annotations

import json
from typing import Final

from gomend.apps.cli import base
from gomend.apps.tables import aligned
from gomend.incidents.case import BadCase, views
from gomend.model.text import text

_BAD: Final = text("incidentquery.bad", "{what}: {why}")
_SQL: Final = text("incidentquery.sql", "the query failed: {reason}")
_MOST: Final = 1000
_WIDE: Final = 60


def query(folder: str, sql: str, form: str) -> str:
    """The rows of a query over the views ``spans``, ``lines``, ``metrics`` and ``events``: a table for people, or JSON lines.

    Raises:
        Problem: the folder cannot be read, or the query is wrong.
    """
    import duckdb

    connection = duckdb.connect()
    try:
        views(connection, folder)
        answer = connection.execute(sql)
        names = [str(column[0]) for column in answer.description or ()]
        rows = answer.fetchmany(_MOST) if form == "text" else answer.fetchall()
    except BadCase as error:
        raise base.Problem(_BAD, what=error.what, why=error.why) from None
    except duckdb.Error as error:
        raise base.Problem(_SQL, reason=str(error).strip()) from None
    if form == "json":
        return "".join(json.dumps(dict(zip(names, row, strict=True)), default=str, ensure_ascii=False) + "\n" for row in rows)
    cells = [[_cell(v) for v in row] for row in rows]
    return "\n".join(aligned([names, *cells], indent=0)) + "\n" if names else ""


def _cell(value: object) -> str:
    said = "" if value is None else str(value).replace("\n", " ")
    return said if len(said) <= _WIDE else said[: _WIDE - 1] + "…"
