"""People: who may sign in, as what; admins change roles and shut people out."""

from __future__ import annotations

from starlette.responses import Response

from bot import people
from bot.roles import Action, Role
from bot.web.doors import get, post
from bot.web.forms import Form, Reason, read
from bot.web.visit import Visit


class NewRole(Form):
    """Somebody's new role, and why."""

    role: Role
    why: Reason


class Why(Form):
    """The reason for what is done to a person."""

    why: Reason


def show(visit: Visit) -> Response:
    """Everybody, and what each role may do."""
    return _list(visit)


def change_role(visit: Visit) -> Response:
    """Give a person another role; it counts from their next click on."""
    form = read(NewRole, visit.form)
    if form.value is None:
        return _list(visit, 400, visit.part("name"), next(iter(form.errors.values())))
    user = people.change_role(
        visit.ledger, visit.part("name"), form.value.role, visit.who, form.value.why, visit.now
    )
    return visit.go("/people", f"{user.name} is now {user.role}.")


def deactivate(visit: Visit) -> Response:
    """Shut a person out."""
    form = read(Why, visit.form)
    if form.value is None:
        return _list(visit, 400, visit.part("name"), next(iter(form.errors.values())))
    user = people.deactivate(visit.ledger, visit.part("name"), visit.who, form.value.why, visit.now)
    return visit.go("/people", f"{user.name} is deactivated, and signed out everywhere.")


def activate(visit: Visit) -> Response:
    """Let a person in again."""
    form = read(Why, visit.form)
    if form.value is None:
        return _list(visit, 400, visit.part("name"), next(iter(form.errors.values())))
    user = people.activate(visit.ledger, visit.part("name"), visit.who, form.value.why, visit.now)
    return visit.go("/people", f"{user.name} may sign in again, as {user.role}.")


def _list(visit: Visit, status: int = 200, wrong: str | None = None, problem: str | None = None) -> Response:
    return visit.page(
        "people.html.j2",
        status,
        users=visit.ledger.users(),
        roles=[(role.value, role.capitalize()) for role in Role],
        wrong=wrong,
        problem=problem,
    )


routes = [
    get("/people", show),
    post("/people/{name}/role", change_role, needs=Action.ADMINISTER),
    post("/people/{name}/deactivate", deactivate, needs=Action.ADMINISTER),
    post("/people/{name}/activate", activate, needs=Action.ADMINISTER),
]
