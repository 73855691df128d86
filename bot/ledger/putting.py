"""Insert or replace, on both databases."""

from __future__ import annotations

import importlib
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table


def put(
    connection: Connection, table: Table, rows: list[dict[str, Any]], where: ColumnElement[bool] | None = None
) -> None:
    """Insert rows, or take the place of those with the same primary key (only of such as `where` says)."""
    dialect = importlib.import_module(f"sqlalchemy.dialects.{connection.dialect.name}")  # only the one in use
    statement = dialect.insert(table)
    keys = [column.name for column in table.primary_key]
    others = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=others, where=where), rows)
