"""A page for when nothing else works: no database, no template, no session."""

from __future__ import annotations

from html import escape

from starlette.responses import HTMLResponse

from bot.web.looks import asset


def plain_page(status: int, title: str, problem: str) -> HTMLResponse:
    """What is wrong, in words."""
    return HTMLResponse(
        f'<!doctype html>\n<html lang="en" dir="ltr"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
        f'<link rel="stylesheet" href="{escape(asset("desk.css"))}"></head>'
        f'<body><main class="wide"><h1>{escape(title)}</h1><p>{escape(problem)}</p>'
        f'<p><a href="/">To the first page</a></p></main></body></html>\n',
        status,
    )
