"""Who is let in, as what, and how they prove who they are: the promises, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from bot import people
from bot.ledger import Ledger
from bot.ledger.tables import sessions, sign_in_attempts, sign_in_links, users
from bot.model import Misconfigured
from bot.people import SignInRefused, TooManyAttempts
from bot.roles import Action, Role, User
from tests.world import HOUR, MINUTE, NOW

PASSWORD = "correct horse battery"
HOME = "192.0.2.7"


def add(
    ledger: Ledger, name: str = "amira", role: Role = Role.ADMIN, password: str | None = PASSWORD
) -> User:
    return people.add(ledger, name, role, "amira@example.org", password, "test", "new here", NOW)


def sign_in(ledger: Ledger, name: str = "amira", password: str = PASSWORD, address: str = HOME, now=NOW):
    return people.sign_in(ledger, name, password, address, now)


def trail(ledger: Ledger, name: str) -> list[tuple[str, str, str]]:
    return [(row["who"], row["became"], row["why"]) for row in ledger.history_of(f"user {name}")]


def count(ledger: Ledger, table) -> int:
    with ledger.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table))


# ── roles ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.VIEWER, {Action.VIEW}),
        (Role.EDITOR, {Action.VIEW, Action.EDIT}),
        (Role.APPROVER, {Action.VIEW, Action.EDIT, Action.APPROVE}),
        (Role.ADMIN, set(Action)),
    ],
)
def test_each_role_may_do_what_the_one_before_it_may_and_more(role: Role, allowed: set[Action]) -> None:
    assert {action for action in Action if role.may(action)} == allowed


# ── who they are ─────────────────────────────────────────────────────────────────────────────


def test_a_person_is_added_with_who_and_why(ledger: Ledger) -> None:
    user = add(ledger)
    assert (user.name, user.role, user.active, user.has_password) == ("amira", Role.ADMIN, True, True)
    assert trail(ledger, "amira") == [("test", "added", "new here (as admin)")]


def test_a_name_is_one_name_in_capitals_too(ledger: Ledger) -> None:
    add(ledger, "Amira")
    with pytest.raises(Misconfigured, match="already"):
        add(ledger, "AMIRA")
    assert people.known(ledger, " amira ").name == "amira"


@pytest.mark.parametrize("name", ["", " ", "two words", "a/b", "x" * 65, "<b>", ".hidden"])
def test_a_name_that_cannot_be_typed_or_linked_is_refused(ledger: Ledger, name: str) -> None:
    with pytest.raises(Misconfigured, match="no name for signing in"):
        people.add(ledger, name, Role.VIEWER, None, None, "test", "why", NOW)


@pytest.mark.parametrize("name", ["أميرة", "жанна", "josé", "a.b@example.org"])
def test_a_name_may_be_written_in_any_script(ledger: Ledger, name: str) -> None:
    add(ledger, name)
    assert sign_in(ledger, name).user.name == name


@pytest.mark.parametrize("email", ["amira", "a@b", "a b@example.org", "a@b.org, c@d.org", "<a@b.org>"])
def test_an_address_that_no_mail_reaches_is_refused(ledger: Ledger, email: str) -> None:
    with pytest.raises(Misconfigured, match="not an email address"):
        people.add(ledger, "amira", Role.VIEWER, email, None, "test", "why", NOW)


@pytest.mark.parametrize("password", ["short", "elevenchars", "aaaaaaaaaaaaaaa", "x" * 1001])
def test_a_password_that_is_guessed_easily_is_refused(ledger: Ledger, password: str) -> None:
    with pytest.raises(Misconfigured):
        add(ledger, password=password)
    assert ledger.users() == []


def test_the_own_name_is_no_password(ledger: Ledger) -> None:
    with pytest.raises(Misconfigured, match="guessed too easily"):
        add(ledger, "amira.haddad.1", password="Amira.Haddad.1")


def test_the_last_admin_cannot_be_removed(ledger: Ledger) -> None:
    add(ledger)
    add(ledger, "bo", Role.EDITOR, None)
    for act in (
        lambda: people.deactivate(ledger, "amira", "test", "why", NOW),
        lambda: people.change_role(ledger, "amira", Role.EDITOR, "test", "why", NOW),
    ):
        with pytest.raises(Misconfigured, match="last admin"):
            act()
    people.change_role(ledger, "bo", Role.ADMIN, "test", "why", NOW)
    assert not people.deactivate(ledger, "amira", "test", "why", NOW).active
    with pytest.raises(Misconfigured, match="last admin"):
        people.deactivate(ledger, "bo", "test", "why", NOW)


def test_two_admins_who_remove_each_other_at_the_same_moment_leave_one(ledger: Ledger) -> None:
    for _ in range(10):
        for name in ("amira", "bo"):
            if ledger.user(name) is None:
                add(ledger, name, Role.ADMIN, None)
            people.activate(ledger, name, "test", "again", NOW)

        def remove(name: str) -> bool:
            try:
                people.deactivate(ledger, name, "test", "why", NOW)
            except Misconfigured:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(remove, ["amira", "bo"])) == [False, True]


# ── passwords ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.real_hashes
def test_a_password_is_hashed_by_the_rules_of_the_day(ledger: Ledger) -> None:
    kept = ledger.password_hash(add(ledger)) or ""
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert sign_in(ledger).user.name == "amira"


def test_a_password_is_kept_as_an_argon2_hash_and_nowhere_else(ledger: Ledger) -> None:
    user = add(ledger)
    kept = ledger.password_hash(user)
    assert kept and kept.startswith("$argon2id$")
    assert PASSWORD not in str(trail(ledger, "amira"))
    assert "argon2" not in repr(people.known(ledger, "amira"))


def test_a_hash_by_older_rules_is_renewed_when_its_person_signs_in(ledger: Ledger) -> None:
    user = add(ledger)
    old = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash(PASSWORD)
    ledger.renew_password_hash(user, ledger.password_hash(user) or "", old)
    sign_in(ledger)
    renewed = ledger.password_hash(user)
    assert renewed != old
    sign_in(ledger)
    assert ledger.password_hash(user) == renewed


def test_accents_typed_in_two_ways_are_one_password(ledger: Ledger) -> None:
    add(ledger, password="caf\u00e9 au lait, s'il")
    assert sign_in(ledger, password="cafe\u0301 au lait, s'il").user.name == "amira"


def test_who_does_not_exist_takes_as_long_as_who_does(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(ledger)
    add(ledger, "bo", Role.VIEWER, None)
    hashes = []
    real = people._hasher()

    class Counting:
        def hash(self, password: str) -> str:
            hashes.append("hash")
            return real.hash(password)

        def verify(self, kept: str, password: str) -> bool:
            hashes.append("verify")
            return real.verify(kept, password)

    monkeypatch.setattr(people, "_hasher", Counting)
    said = set()
    for name in ("amira", "bo", "nobody"):
        with pytest.raises(SignInRefused) as refused:
            sign_in(ledger, name, "wrong")
        said.add(str(refused.value))
    assert len(hashes) == 3, "one computation each"
    assert len(said) == 1, "and the same words"


# ── sessions ─────────────────────────────────────────────────────────────────────────────────


def test_a_session_ends_twelve_hours_after_the_last_click(ledger: Ledger) -> None:
    add(ledger)
    token = sign_in(ledger).token
    assert people.session(ledger, token, NOW + 11 * HOUR) is not None
    assert people.session(ledger, token, NOW + 22 * HOUR) is not None
    assert people.session(ledger, token, NOW + 34 * HOUR) is None


def test_a_session_ends_after_seven_days_however_busy(ledger: Ledger) -> None:
    add(ledger)
    token = sign_in(ledger).token
    for hours in range(0, 7 * 24, 8):
        assert people.session(ledger, token, NOW + hours * HOUR) is not None
    assert people.session(ledger, token, NOW + 7 * 24 * HOUR) is None


def test_a_session_cannot_be_taken_from_a_copy_of_the_database(ledger: Ledger) -> None:
    add(ledger)
    token = sign_in(ledger).token
    found = people.session(ledger, token, NOW)
    assert found is not None
    assert people.session(ledger, found.id, NOW) is None
    assert people.session(ledger, None, NOW) is None
    assert people.session(ledger, "", NOW) is None


def test_another_role_counts_in_sessions_that_are_open(ledger: Ledger) -> None:
    add(ledger)
    add(ledger, "bo", Role.APPROVER)
    token = sign_in(ledger, "bo").token
    people.change_role(ledger, "bo", Role.VIEWER, "amira", "left the team", NOW)
    found = people.session(ledger, token, NOW)
    assert found is not None
    assert found.user.role is Role.VIEWER
    row = ledger.history_of("user bo")[-1]
    assert (row["who"], row["was"], row["became"], row["why"]) == (
        "amira", "approver", "viewer", "left the team",
    )  # fmt: skip


def test_deactivation_ends_sessions_and_links_at_once(ledger: Ledger) -> None:
    add(ledger)
    add(ledger, "bo", Role.EDITOR)
    token = sign_in(ledger, "bo").token
    link = people.make_link(ledger, "bo", "amira", "why", NOW)
    people.deactivate(ledger, "bo", "amira", "left", NOW)
    assert people.session(ledger, token, NOW) is None
    with pytest.raises(SignInRefused):
        sign_in(ledger, "bo")
    with pytest.raises(SignInRefused):
        people.sign_in_by_link(ledger, link, HOME, NOW)
    with pytest.raises(Misconfigured, match="deactivated"):
        people.make_link(ledger, "bo", "amira", "why", NOW)
    people.activate(ledger, "bo", "amira", "is back", NOW)
    assert people.session(ledger, token, NOW) is None, "an old session does not come back"
    assert sign_in(ledger, "bo").user.role is Role.EDITOR


def test_a_session_counts_only_while_its_person_is_active(ledger: Ledger) -> None:
    add(ledger)
    token = sign_in(ledger).token
    with ledger.engine.begin() as connection:  # as if somebody changed the row by hand
        connection.execute(users.update().values(active=False))
    assert people.session(ledger, token, NOW) is None


def test_a_new_password_signs_out_everywhere(ledger: Ledger) -> None:
    add(ledger)
    tokens = [sign_in(ledger).token for _ in range(2)]
    people.set_password(ledger, "amira", "another long password", "test", "forgot it", NOW)
    assert [people.session(ledger, token, NOW) for token in tokens] == [None, None]


def test_a_link_from_before_a_new_password_or_a_deactivation_opens_nothing(ledger: Ledger) -> None:
    add(ledger)
    add(ledger, "bo", Role.EDITOR)
    links = [people.make_link(ledger, name, "test", "why", NOW) for name in ("amira", "bo")]
    people.set_password(ledger, "amira", "another long password", "test", "somebody read her mail", NOW)
    people.deactivate(ledger, "bo", "test", "left", NOW)
    people.activate(ledger, "bo", "test", "is back", NOW)
    for link in links:
        with pytest.raises(SignInRefused):
            people.sign_in_by_link(ledger, link, HOME, NOW)


def test_sessions_that_ended_are_swept_out_when_somebody_signs_in(ledger: Ledger) -> None:
    add(ledger)
    sign_in(ledger)
    sign_in(ledger, now=NOW + 8 * 24 * HOUR)
    assert count(ledger, sessions) == 1


# ── guessing ─────────────────────────────────────────────────────────────────────────────────


def guess(ledger: Ledger, name: str, address: str = HOME, now=NOW) -> type[Exception] | None:
    try:
        sign_in(ledger, name, "a wrong password", address, now)
    except SignInRefused as error:
        return type(error)
    return None


def test_after_five_wrong_passwords_the_right_one_does_not_help_for_a_quarter_of_an_hour(
    ledger: Ledger,
) -> None:
    add(ledger)
    assert [guess(ledger, "amira", f"192.0.2.{n}") for n in range(5)] == [SignInRefused] * 5
    with pytest.raises(TooManyAttempts, match="15 minutes"):
        sign_in(ledger, address="198.51.100.1")
    with pytest.raises(TooManyAttempts):
        sign_in(ledger, "AMIRA", now=NOW + 14 * MINUTE)
    assert sign_in(ledger, now=NOW + 15 * MINUTE).user.name == "amira"


def test_whoever_types_wrong_four_times_starts_from_nothing_once_they_are_in(ledger: Ledger) -> None:
    add(ledger)
    for _ in range(3):
        assert [guess(ledger, "amira") for _ in range(4)] == [SignInRefused] * 4
        sign_in(ledger)


def test_an_address_may_guess_twenty_times_whatever_the_names(ledger: Ledger) -> None:
    add(ledger)
    assert {guess(ledger, f"name-{n}") for n in range(20)} == {SignInRefused}
    assert guess(ledger, "one-more") is TooManyAttempts
    with pytest.raises(TooManyAttempts):
        sign_in(ledger)
    assert sign_in(ledger, address="198.51.100.1").user.name == "amira"


def test_an_ipv6_customer_is_one_address(ledger: Ledger) -> None:
    for n in range(20):
        guess(ledger, f"name-{n}", f"2001:db8:1:2::{n:x}")
    assert guess(ledger, "one-more", "2001:db8:1:2:ffff::1") is TooManyAttempts
    assert guess(ledger, "one-more", "2001:db8:1:3::1") is SignInRefused


def test_guesses_at_the_same_moment_do_not_slip_through_together(ledger: Ledger) -> None:
    add(ledger)
    with ThreadPoolExecutor(12) as pool:
        became = list(pool.map(lambda n: guess(ledger, "amira", f"192.0.2.{n}"), range(12)))
    assert became.count(SignInRefused) == 5
    assert became.count(TooManyAttempts) == 7


def test_old_attempts_are_swept_out(ledger: Ledger) -> None:
    for n in range(5):
        guess(ledger, f"name-{n}")
    guess(ledger, "later", now=NOW + HOUR)
    assert count(ledger, sign_in_attempts) == 2


# ── links ────────────────────────────────────────────────────────────────────────────────────


def test_a_link_lets_in_once(ledger: Ledger) -> None:
    add(ledger, password=None)
    link = people.make_link(ledger, "amira", "test", "no password yet", NOW)
    came = people.sign_in_by_link(ledger, link, HOME, NOW + 14 * MINUTE)
    assert came.user.name == "amira"
    with pytest.raises(SignInRefused, match="used already"):
        people.sign_in_by_link(ledger, link, HOME, NOW + 14 * MINUTE)


def test_a_link_lapses_after_a_quarter_of_an_hour(ledger: Ledger) -> None:
    add(ledger)
    link = people.make_link(ledger, "amira", "test", "why", NOW)
    with pytest.raises(SignInRefused):
        people.sign_in_by_link(ledger, link, HOME, NOW + 15 * MINUTE)
    people.make_link(ledger, "amira", "test", "why", NOW + HOUR)
    assert count(ledger, sign_in_links) == 1, "the old one is swept out"


def test_a_link_used_by_two_at_the_same_moment_lets_one_in(ledger: Ledger) -> None:
    add(ledger)
    link = people.make_link(ledger, "amira", "test", "why", NOW)

    def use(n: int) -> bool:
        try:
            people.sign_in_by_link(ledger, link, f"192.0.2.{n}", NOW)
        except SignInRefused:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(use, range(6))) == 1


def test_a_link_still_gets_in_whom_a_stranger_locked_out(ledger: Ledger) -> None:
    add(ledger)
    for n in range(5):
        guess(ledger, "amira", f"198.51.100.{n}")
    link = people.make_link(ledger, "amira", "test", "why", NOW)
    people.sign_in_by_link(ledger, link, HOME, NOW)
    assert sign_in(ledger).user.name == "amira"


def test_mail_goes_only_to_people_with_an_address_and_at_most_three_times(ledger: Ledger) -> None:
    add(ledger)
    people.add(ledger, "bo", Role.VIEWER, None, None, "test", "why", NOW)
    assert people.link_by_mail(ledger, "nobody", HOME, NOW) is None
    assert people.link_by_mail(ledger, "bo", HOME, NOW) is None
    for _ in range(3):
        found = people.link_by_mail(ledger, "Amira", HOME, NOW)
        assert found and found[0].email == "amira@example.org"
    with pytest.raises(TooManyAttempts):
        people.link_by_mail(ledger, "amira", HOME, NOW)


# ── one's own password ───────────────────────────────────────────────────────────────────────


def test_whoever_came_by_link_may_choose_a_password_for_a_quarter_of_an_hour(ledger: Ledger) -> None:
    add(ledger)
    link = people.make_link(ledger, "amira", "test", "forgot it", NOW)
    session = people.session(ledger, people.sign_in_by_link(ledger, link, HOME, NOW).token, NOW)
    assert session is not None
    later = NOW + timedelta(minutes=20)
    assert not people.needs_old_password(session, NOW)
    assert people.needs_old_password(session, later)
    with pytest.raises(SignInRefused, match="until now"):
        people.choose_password(ledger, session, "", "a quite new password", HOME, later)
    came = people.choose_password(ledger, session, "", "a quite new password", HOME, NOW)
    assert people.session(ledger, came.token, NOW) is not None
    assert sign_in(ledger, password="a quite new password").user.name == "amira"


def test_an_open_browser_is_not_enough_to_choose_another_password(ledger: Ledger) -> None:
    add(ledger)
    session = people.session(ledger, sign_in(ledger).token, NOW)
    assert session is not None
    with pytest.raises(SignInRefused):
        people.choose_password(ledger, session, "a wrong guess", "a quite new password", HOME, NOW)
    people.choose_password(ledger, session, PASSWORD, "a quite new password", HOME, NOW)
    assert people.session(ledger, sign_in(ledger, password="a quite new password").token, NOW)


def test_the_table_of_users_holds_no_password(ledger: Ledger) -> None:
    add(ledger)
    with ledger.engine.connect() as connection:
        assert PASSWORD not in str(connection.execute(select(users)).all())
