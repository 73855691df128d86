"""`bot schema`."""

from __future__ import annotations

import json
import sys

import click

from bot.schemas import schemas
from bot.workspace import home_folder


@click.command("schema")
@click.option("--check", "only_check", is_flag=True, help="Write nothing; fail when a file is old.")
def command(only_check: bool) -> None:
    """Write the JSON Schemas that editors use to check the files while they are typed."""
    old = []
    for name, schema in schemas().items():
        path = home_folder() / name
        text = json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        old.append(name)
        if not only_check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    click.echo(
        f"{'Old' if only_check else 'Written'}: {', '.join(old)}" if old else "All schemas are up to date."
    )
    sys.exit(1 if old and only_check else 0)
