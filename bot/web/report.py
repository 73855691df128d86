"""What worked: a month's posts by fact, language, network, hour and wording; the same as a file for spreadsheets."""

from __future__ import annotations

from starlette.responses import Response, StreamingResponse

from bot import report, report_page
from bot.report import Month
from bot.web.doors import get
from bot.web.sheets import report_lines
from bot.web.visit import Visit

OFFERED = 24  # months to choose from; the address takes any


def show(visit: Visit) -> Response:
    """A month, as it is known now."""
    month = _month(visit)
    found = report.read(visit.space, month, visit.now)
    return visit.page(
        "report.html.j2",
        month=report_page.month_in_words(month),
        months=[(str(each), report_page.month_in_words(each)) for each in _offered(visit, month)],
        chosen=str(month),
        sections=report_page.sections(found),
        remarks=report_page.remarks(found),
    )


def export(visit: Visit) -> Response:
    """Its posts as CSV."""
    month = _month(visit)
    found = report.read(visit.space, month, visit.now)
    return StreamingResponse(
        report_lines(found.posts),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="report-{month}.csv"'},
    )


def _month(visit: Visit) -> Month:
    asked = visit.asked("month")
    return Month.parse(asked) if asked else Month.of(visit.space.settings.day_of(visit.now))


def _offered(visit: Visit, chosen: Month) -> list[Month]:
    """The newest months, and the one that is shown."""
    months = [Month.of(visit.space.settings.day_of(visit.now))]
    while len(months) < OFFERED:
        months.append(months[-1].previous)
    return sorted({*months, chosen}, reverse=True)


routes = [get("/report", show), get("/report.csv", export)]
