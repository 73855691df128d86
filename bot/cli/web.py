"""`bot web`."""

from __future__ import annotations

import os
import sys

import click

from bot.logs import set_up


@click.command("web")
@click.option(
    "--host",
    default=None,
    help="Where to listen. 127.0.0.1; where PORT is set, as hosts do, every address.",
)
@click.option("--port", type=click.IntRange(0, 65535), envvar="PORT", default=8000, show_envvar=True,
              show_default=True, help="On which port.")  # fmt: skip
@click.option(
    "--log",
    "log_format",
    type=click.Choice(["auto", "json", "text"]),
    default="auto",
    help="How log lines look.",
)
def command(host: str | None, port: int, log_format: str) -> None:
    """Serve the desk, where the campaign team sees and steers the bot.

    People are added with `bot user add`. Put it behind a proxy that speaks https, and name the proxy's address in
    BOT_TRUSTED_PROXY (* where only the proxy can reach this port); docs/desk.md has the rest.
    """
    import uvicorn

    from bot.web.app import create_app

    set_up(as_json=log_format == "json" or (log_format == "auto" and not sys.stderr.isatty()))
    proxy = os.environ.get("BOT_TRUSTED_PROXY") or None
    uvicorn.run(
        create_app(),
        host=host or ("0.0.0.0" if os.environ.get("PORT") else "127.0.0.1"),  # noqa: S104 - a host's router asks from outside
        port=port,
        proxy_headers=proxy is not None,
        forwarded_allow_ips=proxy,
        access_log=False,  # it would hold sign-in links
        log_config=None,  # ours goes for it too
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=10,
    )
