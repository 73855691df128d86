"""The calendar: a month or a week of posts and of days that matter; a post is moved or left out from here."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from babel.dates import format_date
from pydantic import BeforeValidator, Field
from starlette.responses import Response

from bot import editing, feed, steering
from bot.drafting import Refused
from bot.ledger import Post
from bot.model import Misconfigured, State
from bot.planning import place_in_zone, reviews_between
from bot.roles import Action
from bot.shown import LostUpdate, check_mark, mark_of
from bot.web.agenda import EARLIEST, EMPTY, LATEST, Period, Wanted, entry_of, period_around, weeks_of
from bot.web.doors import get, post
from bot.web.forms import Filled, Form, Reason, read
from bot.web.visit import Visit

FEED = "/calendar/feed/{token}.ics"
KEPT_FOR = timedelta(minutes=5)


def _day(text: Any) -> date:
    try:
        day = date.fromisoformat(str(text).strip())
    except ValueError:
        raise ValueError("Write a day as 2027-04-04.") from None
    if not EARLIEST <= day <= LATEST:
        raise ValueError(f"The calendar goes from {EARLIEST.year} to {LATEST.year}.")
    return day


def _clock(text: Any) -> time:
    try:
        return time.fromisoformat(str(text).strip()).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise ValueError("Write a time of day as 09:30.") from None


class Shown(Form):
    """Which post a form is about, and what it looked like when the form was shown."""

    slot: str
    mark: str = ""
    view: str = "week"


class Move(Shown):
    """Another moment for a post, in the campaign's time zone."""

    day: Annotated[date, BeforeValidator(_day)]
    at: Annotated[time, BeforeValidator(_clock)]
    why: Annotated[str, Field(max_length=500)] = ""


class Skip(Shown):
    """Why a post is left out."""

    why: Reason


# ── looking ──────────────────────────────────────────────────────────────────────────────────


def show(visit: Visit) -> Response:
    """A month or a week."""
    space = visit.space
    today = space.settings.day_of(visit.now)
    try:
        day = _day(visit.asked("day") or today.isoformat())
    except ValueError as error:
        return visit.problem(404, "There is no such day in the calendar", str(error))
    period = period_around("week" if visit.asked("view") == "week" else "month", day)
    wanted = Wanted(visit.asked("account"), visit.asked("network"), visit.asked("state"))
    weeks = weeks_of(space, period, wanted, visit.now)
    accounts = space.settings.accounts
    return visit.page(
        "calendar.html.j2",
        period=period,
        weeks=weeks,
        wanted=wanted,
        today=today,
        found=sum(len(day.entries) for week in weeks for day in week if day.belongs),
        reviews=reviews_between(space.settings, period.first, period.last),
        planned_until=today + timedelta(days=space.settings.campaign.horizon_days),
        address=_addresses(period, wanted),
        post_path=post_path,
        feed_since=visit.ledger.feed_since(visit.user),
        change_path=lambda post: "/calendar/change?" + urlencode({"slot": post.slot_id, "view": period.view}),
        title=_title(period),
        accounts=_choices("all accounts", accounts),
        networks=_choices("all networks", sorted({account.network for account in accounts.values()})),
        states=_choices("all states", [*(state.value for state in State), EMPTY]),
    )


def _title(period: Period) -> str:
    """November 2026, or the days from which and to which a week goes."""
    if period.view == "month":
        return str(format_date(period.day, "MMMM y", locale="en_GB"))
    first, last = (str(format_date(day, "d MMMM y", locale="en_GB")) for day in (period.first, period.last))
    return f"Week from {first} to {last}"


def _choices(everything: str, names: Iterable[str]) -> list[tuple[str, str]]:
    return [("", everything.capitalize()), *((name, name) for name in names)]


def _addresses(period: Period, wanted: Wanted) -> Any:
    """Makes addresses of the calendar that keep what was asked for."""
    asked = {"account": wanted.account, "network": wanted.network, "state": wanted.state}
    kept = {name: value for name, value in asked.items() if value}

    def address(day: date, view: str = period.view) -> str:
        return "/calendar?" + urlencode({"view": view, "day": day.isoformat(), **kept})

    return address


def post_path(post: Post) -> str:
    """Where a post's own page is; the ids of slots have @, : and / in them."""
    return f"/posts/{quote(post.slot_id, safe='')}"


# ── changing ─────────────────────────────────────────────────────────────────────────────────


def change(visit: Visit) -> Response:
    """The forms that move one post or leave it out."""
    return _change(visit, _post(visit, visit.asked("slot")))


def move(visit: Visit) -> Response:
    """Give a post another moment."""
    form = read(Move, visit.form)
    found = _post(visit, visit.form.get("slot", ""))
    if form.value is None:
        return _change(visit, found, 400, moved=form)
    wish = form.value
    at = place_in_zone(datetime.combine(wish.day, wish.at), visit.space.settings.zone)
    try:
        check_mark(found, wish.mark)
        done = editing.move(visit.space, found, found.version, at, visit.who, wish.why, visit.now)
    except LostUpdate as error:
        return _change(visit, _post(visit, found.slot_id), 409, moved=form, lost=str(error))
    except Refused as error:
        return _change(visit, found, 409, moved=form, refused=error.reasons)
    return visit.go(_back(visit, done, wish), f"Moved to {_moment(visit, done)}.")


def skip(visit: Visit) -> Response:
    """Leave a post out."""
    form = read(Skip, visit.form)
    found = _post(visit, visit.form.get("slot", ""))
    if form.value is None:
        return _change(visit, found, 400, skipped=form)
    wish = form.value
    try:
        count = steering.skip(visit.space, found, visit.who, wish.why, visit.now, wish.mark)
    except LostUpdate as error:
        return _change(visit, found, 409, skipped=form, lost=str(error))
    if not count:
        raise Misconfigured(f"Nothing of this post was left to skip: it is {_states(found)}.")
    told = "The post of {} is skipped: {} will not go out.".format(
        _moment(visit, found), "1 message" if count == 1 else f"{count} messages"
    )
    return visit.go(_back(visit, found, wish), told)


def _change(
    visit: Visit,
    found: Post,
    status: int = 200,
    *,
    moved: Filled[Move] | None = None,
    skipped: Filled[Skip] | None = None,
    lost: str | None = None,
    refused: list[str] | None = None,
) -> Response:
    """The page of one post's forms, with what somebody typed still in them."""
    due = found.due_at.astimezone(visit.space.settings.zone)
    typed = {"day": due.date().isoformat(), "at": f"{due:%H:%M}", "why": ""}
    return visit.page(
        "calendar_change.html.j2",
        status,
        entry=entry_of(visit.space, found, Wanted()),
        post=found,
        states=_states(found),
        mark=mark_of(found),
        view=visit.form.get("view", visit.asked("view", "week")),
        typed={**typed, **(moved.given if moved else {})},
        move_errors=moved.errors if moved else {},
        skip_why=skipped.given.get("why", "") if skipped else "",
        skip_errors=skipped.errors if skipped else {},
        lost=lost,
        refused=refused or [],
        post_path=post_path,
    )


def _post(visit: Visit, slot_id: str) -> Post:
    found = visit.ledger.post(slot_id)
    if found is None:
        raise Misconfigured("There is no such post in the plan any more; the calendar shows what is.")
    return found


def _back(visit: Visit, done: Post, wish: Shown) -> str:
    view = "month" if wish.view == "month" else "week"
    return f"/calendar?view={view}&day={visit.space.settings.day_of(done.due_at)}"


def _moment(visit: Visit, found: Post) -> str:
    filters, zone = visit.desk.templates.filters, visit.space.settings.zone
    return f"{filters['day'](found.due_at, zone)}, {filters['clock'](found.due_at, zone)}"


def _states(found: Post) -> str:
    return ", ".join(sorted({d.state.value for d in found.deliveries})) or found.skip_reason or "empty"


# ── in one's own calendar ────────────────────────────────────────────────────────────────────


def make_feed(visit: Visit) -> Response:
    """A new secret address for whoever asks; it is shown this once, because only its hash is kept."""
    had = visit.ledger.feed_since(visit.user) is not None
    token = feed.make(visit.ledger, visit.user, visit.who, visit.now)
    address = _desk_address(visit) + FEED.format(token=token)
    return visit.page("calendar_feed.html.j2", feed_address=address, had=had)


def revoke_feed(visit: Visit) -> Response:
    """Stop one's feed."""
    feed.revoke(visit.ledger, visit.user, visit.who, visit.now)
    return visit.go(
        "/calendar", "Your calendar's address is revoked: nobody can read the plan there any more."
    )


def read_feed(visit: Visit) -> Response:
    """The plan for somebody's own calendar, which cannot sign in."""
    if feed.reader(visit.ledger, visit.part("token")) is None:
        return Response(
            "There is no calendar at this address (any more). Make a new one on the desk, under Calendar.\n",
            404,
            {"Cache-Control": "private, no-store"},
            media_type="text/plain",
        )
    base = _desk_address(visit)
    posts = feed.posts_of(visit.space, visit.now)
    calendar = feed.calendar_of(visit.space, posts, visit.now, lambda post: base + post_path(post))
    headers = {
        "Cache-Control": f"private, max-age={int(KEPT_FOR.total_seconds())}",
        "Content-Disposition": 'inline; filename="plan.ics"',
    }
    return Response(calendar, headers=headers, media_type="text/calendar; charset=utf-8")


def _desk_address(visit: Visit) -> str:
    """What people type to get here; behind a proxy the request itself may not know it."""
    return (os.environ.get("BOT_WEB_URL") or str(visit.request.base_url)).rstrip("/")


routes = [
    get("/calendar", show),
    get("/calendar/change", change, needs=Action.EDIT),
    post("/calendar/move", move, needs=Action.EDIT),
    post("/calendar/skip", skip, needs=Action.EDIT),
    post("/calendar/feed", make_feed, needs=Action.VIEW),
    post("/calendar/feed/revoke", revoke_feed, needs=Action.VIEW),
    get(FEED, read_feed, needs=None),
]
