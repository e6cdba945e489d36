"""The door to databases: one statement that reads, through SQLAlchemy, which knows each database's driver and URL (decision 46)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gomend.model.base import Thing
from gomend.model.redact import redact

ROWS: Final = 200_000
"""Rows of an answer above which it is refused, not cut."""
_TIMEOUTS: Final = {
    "mysql": {"connect_timeout": "{0}", "read_timeout": "{0}"},
    "postgresql": {"connect_timeout": "{0}"},
    "sqlite": {"timeout": "{0}"},
}


class Table(Thing, frozen=True):
    """An answer, or a ``problem``."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    problem: str = ""


def ask(url: str, statement: str, parameters: Mapping[str, Any], timeout: int = 30) -> Table:
    """Run one statement with ``:name`` parameters, and roll back whatever it did. Never raises for what the database does."""
    try:
        import sqlalchemy
        from sqlalchemy import exc, pool
    except ImportError:
        return Table(problem="SQL needs SQLAlchemy: pip install 'gomend[slo]'")
    try:
        address = sqlalchemy.make_url(url)
        if address.drivername in {"mysql", "mariadb"}:
            address = address.set(drivername=f"{address.drivername}+pymysql")
        known = _TIMEOUTS.get(address.get_backend_name().replace("mariadb", "mysql"), {})
        extra = {name: int(value.format(timeout)) for name, value in known.items()}
        engine = sqlalchemy.create_engine(address, poolclass=pool.NullPool, connect_args=extra)
        with engine.connect() as line:
            found = line.execute(sqlalchemy.text(statement), dict(parameters))
            if not found.returns_rows:
                return Table(problem="the statement answers no rows")
            rows = found.fetchmany(ROWS + 1)
            columns = tuple(found.keys())
            line.rollback()
    except ImportError as error:
        return Table(problem=f"the database's driver is not installed: {error.name}")
    except exc.SQLAlchemyError as error:
        origin = getattr(error, "orig", None) or error
        return Table(problem=redact(str(origin).splitlines()[0][:300]))
    except (OSError, ValueError) as error:
        return Table(problem=redact(str(error)[:300]))
    if len(rows) > ROWS:
        return Table(problem=f"the answer has more than {ROWS} rows")
    return Table(columns=columns, rows=tuple(tuple(row) for row in rows))
