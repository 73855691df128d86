"""Only the public web is ever asked, and only at the address that was checked."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.linking import NotFound, look_up
from bot.linking.addresses import Resolve, Target, is_public, target_of
from tests.linking.site import Site, answer, to


def always(*addresses: str) -> Resolve:
    return lambda host, port, seconds: list(addresses)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.9.9.9", "168.63.129.16", "169.254.169.254",
        "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1",
        "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1",
        "2001:db8::1", "2002:7f00:1::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%lo", "fec0::1", "ff02::1",
        "localhost", "", "1.2.3", "0x7f.1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_of_the_public_web_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "193.0.6.139", "2606:4700:4700::1111", "2a00:1450:4001::1"])
def test_an_address_of_the_public_web_is_public(address: str) -> None:
    assert is_public(address)


@settings(deadline=None)
@given(st.ip_addresses())
def test_nothing_that_python_calls_private_is_ever_public(ip: IPv4Address | IPv6Address) -> None:
    hidden = ip.is_private or ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_reserved
    assert not (hidden and is_public(str(ip)))


@settings(deadline=None)
@given(st.ip_addresses(v=4))
def test_no_ipv4_address_is_public_when_it_is_wrapped_in_ipv6(ip: IPv4Address) -> None:
    number = int(ip)
    for wrapped in (number, 0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80):
        assert not is_public(str(IPv6Address(wrapped)))


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://example.org/", "https://"),
        ("file:///etc/passwd", "https://"),
        ("javascript:alert(1)", "https://"),
        ("data:text/html,hello", "https://"),
        ("//example.org/", "https://"),
        ("https:///path", "host"),
        ("https://", "host"),
        ("https://user@example.org/", "user name"),
        ("https://user:secret@example.org/", "user name"),
        ("https://@example.org/", "user name"),
        ("https://example.org:8443/", "port 8443"),
        ("http://example.org:443/", "port 443"),
        ("https://example.org:99999/", "cannot be read"),
        ("https://[::1/", "cannot be read"),
        ("https://example.org/\r\nHost: other", "control character"),
        ("https://example.org\\@127.0.0.1/", "backslash"),
        (" https://example.org/", "blank"),
        ("https://" + "a" * 3000, "longer"),
        ("https://a\u2024b..org/", "no host"),
    ],
)
def test_an_address_that_may_not_be_asked_for_is_refused_with_its_reason(url: str, why: str) -> None:
    with pytest.raises(NotFound, match=why) as caught:
        target_of(url)
    assert "secret" not in str(caught.value)


def test_an_address_in_any_script_is_asked_for_in_ascii() -> None:
    target = target_of("https://Мины.example/договор?год=2026#top")
    assert target.host == "xn--h1ahe0d.example"
    assert target.path == "/%D0%B4%D0%BE%D0%B3%D0%BE%D0%B2%D0%BE%D1%80?%D0%B3%D0%BE%D0%B4=2026"
    assert target_of("http://example.org.?a=%20b") == Target("http", "example.org", 80, "/?a=%20b")


@settings(deadline=None)
@given(
    st.one_of(
        st.text(), st.text().map(lambda text: f"https://{text}"), st.from_regex(r"https?://[^/]{1,20}/.*")
    )
)
def test_whatever_is_given_is_a_clean_request_or_a_plain_refusal(url: str) -> None:
    try:
        target = target_of(url)
    except NotFound as why:
        assert str(why).endswith(".")
        return
    assert target.scheme in ("http", "https")
    assert target.port in (80, 443)
    assert target.path.startswith("/")
    assert target.path.isascii()
    assert target.path.isprintable()
    assert not any(character.isspace() for character in target.path + target.host)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost/", "http://localhost./", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://0/",
        "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://017700000001/", "http://１２７.0.0.1/",
    ],
)  # fmt: skip
def test_this_machine_is_not_asked_however_it_is_written(url: str) -> None:
    with pytest.raises(NotFound, match=r"not on the public web|not found"):
        look_up(url)


def test_a_name_that_stands_for_a_private_address_too_is_not_asked() -> None:
    with pytest.raises(NotFound, match=r"example\.org is not on the public web"):
        look_up("https://example.org/", resolve=always("93.184.216.34", "10.0.0.1"))


def test_a_name_that_nobody_knows_is_not_found() -> None:
    with pytest.raises(NotFound, match=r"example\.org is not found"):
        look_up("https://example.org/", resolve=always())


def test_a_page_that_leads_to_a_private_address_is_not_followed(
    web: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The site plays the public web: the checks know its address as public, and no other of this machine."""
    monkeypatch.setattr("bot.linking.addresses.PORTS", {"http": web.port, "https": 443})
    monkeypatch.setattr("bot.linking.addresses.is_public", lambda address: address == "127.0.0.1")
    names = {
        "public.example": "127.0.0.1",
        "inside.example": "10.0.0.7",
        "metadata.example": "169.254.169.254",
    }

    def resolve(host: str, port: int, seconds: float) -> list[str]:
        return [names[host]]

    web.paths["/page"] = answer(b"<title>Public</title>")
    web.paths["/hop"] = to("/page", "301 Moved Permanently")
    page = look_up(f"http://public.example:{web.port}/hop", resolve=resolve)
    assert page is not None
    assert page.title == "Public"
    for inside in ("inside.example", "metadata.example"):
        web.paths["/leads-inside"] = to(f"http://{inside}/latest/meta-data")
        with pytest.raises(NotFound, match=f"{inside} is not on the public web"):
            look_up(f"http://public.example:{web.port}/leads-inside", resolve=resolve)
    web.paths["/with-picture"] = answer(
        b'<title>T</title><meta property=og:image content="http://inside.example/a.png">'
    )
    page = look_up(f"http://public.example:{web.port}/with-picture", resolve=resolve)
    assert page is not None
    assert page.why_no_picture == "inside.example is not on the public web."
    assert page.picture is None


def test_a_name_is_resolved_once_and_the_line_goes_to_what_was_checked(
    web: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name whose second answer is another address: there is no second question."""
    monkeypatch.setattr("bot.linking.addresses.PORTS", {"http": web.port, "https": 443})
    monkeypatch.setattr("bot.linking.addresses.is_public", lambda address: address == "127.0.0.1")
    answers = iter([["127.0.0.1"], ["10.0.0.7"]])
    web.paths["/"] = answer(b"<title>Once</title>")
    page = look_up(f"http://rebinding.example:{web.port}/", resolve=lambda *_: next(answers))
    assert page is not None
    assert page.title == "Once"
    assert next(answers) == ["10.0.0.7"]
    assert "Host: rebinding.example" in web.asked[0]


@pytest.mark.parametrize(
    "place", ["file:///etc/passwd", "ftp://127.0.0.1/", "http://a:b@127.0.0.1/", "http://[", ""]
)
def test_a_page_that_leads_to_no_web_address_is_not_followed(web: Site, place: str) -> None:
    web.paths["/"] = to(place)
    with pytest.raises(NotFound):
        look_up(web.url(), allow_private=True)


def test_five_steps_are_followed_and_not_six(web: Site) -> None:
    for step in range(6):
        web.paths[f"/{step}"] = to(str(step + 1), "307 Temporary Redirect")
    web.paths["/6"] = answer(b"<title>The end</title>")
    page = look_up(web.url("/1"), allow_private=True)
    assert page is not None
    assert page.url == web.url("/1")
    with pytest.raises(NotFound, match="more than 5 times"):
        look_up(web.url("/0"), allow_private=True)


def test_no_proxy_of_the_environment_is_used(web: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, web.url())
    with pytest.raises(NotFound, match="not on the public web"):
        look_up("http://inside.example/", resolve=always("10.0.0.7"))
    assert web.asked == []
