"""Servers that keep one waiting, lie, or send too much: none of them holds or fills the bot."""

from __future__ import annotations

import gzip
import io
import ssl
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image

from bot.linking import NotFound, Page, look_up
from tests.linking.site import Site, answer, begin, drip, site, to

PAGE = b"<head><title>Landmines</title></head><body>and so on"
OPEN = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def picture(size: tuple[int, int] = (1600, 900), kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(buffer, kind)
    return buffer.getvalue()


def looked_up(web: Site, path: str = "/", seconds: float = 15.0) -> Page:
    page = look_up(web.url(path), allow_private=True, seconds=seconds)
    assert page is not None
    return page


def refused(web: Site, path: str = "/", seconds: float = 15.0) -> str:
    with pytest.raises(NotFound) as caught:
        look_up(web.url(path), allow_private=True, seconds=seconds)
    return str(caught.value)


def with_picture(web: Site, standing: object, path: str = "/a.png") -> Page:
    web.paths["/"] = answer(b'<title>T</title><meta property="og:image" content="%s">' % path.encode())
    web.paths[path] = standing  # type: ignore[assignment]
    return looked_up(web)


def test_a_request_names_the_bot_and_brings_no_cookie(web: Site) -> None:
    web.paths["/"] = answer(b"", status="302 Found", Location="/page", Set_Cookie="who=you")
    web.paths["/page"] = answer(PAGE)
    looked_up(web)
    for lines in web.asked:
        assert any(line.startswith("User-Agent: forward-not-fragmented-bot") for line in lines)
        assert f"Host: 127.0.0.1:{web.port}" in lines
        assert not any(line.lower().startswith(("cookie", "authorization", "referer")) for line in lines)


@pytest.mark.parametrize(
    ("beginning", "drop"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"a"),
        (b"HTTP/1.1 200 OK\r\n", b"X-More: a\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (OPEN + b"\r\n", b"<p>"),
        (OPEN + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        (OPEN + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"", mtime=0)[:10], b""),
    ],
)
def test_a_server_that_drips_or_falls_silent_is_left_at_the_deadline(
    web: Site, beginning: bytes, drop: bytes
) -> None:
    web.paths["/"] = drip(beginning, drop)
    assert refused(web, seconds=0.3) == "Looking it up takes too long."


def test_a_server_that_never_shakes_hands_is_left_at_the_deadline(web: Site) -> None:
    web.scheme = "https"  # the site waits for a request's end, which TLS's first words do not hold
    assert refused(web, seconds=0.3) == "Looking it up takes too long."


def test_a_name_that_takes_too_long_to_resolve_is_left_at_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import threading

    over = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: over.wait() and [])
    with pytest.raises(NotFound, match=r"Nobody says in time where example\.org is"):
        look_up("https://example.org/", seconds=0.2)
    over.set()


def test_reading_ends_with_the_head_and_does_not_wait_for_the_rest(web: Site) -> None:
    web.paths["/"] = begin(OPEN + b"\r\n" + PAGE)
    assert looked_up(web).title == "Landmines"


def test_reading_ends_with_what_was_promised_even_if_the_line_stays_open(web: Site) -> None:
    web.paths["/"] = begin(OPEN + b"Content-Length: 16\r\n\r\n<title>T</title>")
    assert looked_up(web).title == "T"


def test_a_page_that_is_shorter_than_promised_is_read_as_far_as_it_goes(web: Site) -> None:
    web.paths["/"] = answer(b"<title>Short</title>", Content_Length=9999)
    assert looked_up(web).title == "Short"


@pytest.mark.parametrize("length", ["-5", "many", "99999999999999999999"])
def test_a_length_that_is_none_does_no_harm(web: Site, length: str) -> None:
    web.paths["/"] = answer(PAGE, Content_Length=length)
    assert looked_up(web).title == "Landmines"


def test_a_head_longer_than_a_megabyte_is_read_that_far(web: Site) -> None:
    filling = b"<!-- -->" * 150_000
    web.paths["/"] = answer(b"<title>Early</title>" + filling + b'<meta property="og:title" content="Late">')
    assert looked_up(web).title == "Early"


@pytest.mark.parametrize("packed", [gzip.compress(PAGE, mtime=0), gzip.compress(PAGE, mtime=0) + b"junk"])
def test_a_packed_page_is_unpacked(web: Site, packed: bytes) -> None:
    web.paths["/"] = answer(packed, Content_Encoding="gzip")
    assert looked_up(web).title == "Landmines"


@pytest.mark.parametrize("packed", [zlib.compress(PAGE), zlib.compress(PAGE)[2:-4]])
def test_deflate_is_unpacked_with_its_frame_and_without(web: Site, packed: bytes) -> None:
    web.paths["/"] = answer(packed, Content_Encoding="deflate")
    assert looked_up(web).title == "Landmines"


def test_a_page_packed_to_burst_is_unpacked_to_its_limit_and_no_further(web: Site) -> None:
    bomb = gzip.compress(b"<title>Bomb</title>" + b" " * 50_000_000, mtime=0)
    web.paths["/"] = answer(bomb, Content_Encoding="gzip")
    assert looked_up(web).title == "Bomb"


def test_a_picture_packed_to_burst_is_left(web: Site) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    assert (
        with_picture(web, answer(bomb, "image/png", Content_Encoding="gzip")).why_no_picture
        == "127.0.0.1 sends more than 5,000,000 bytes."
    )


def test_a_packing_nobody_asked_for_is_refused(web: Site) -> None:
    web.paths["/"] = answer(PAGE, Content_Encoding="br")
    assert "packed in a way that was not asked for (br)" in refused(web)


def test_a_damaged_packing_is_refused(web: Site) -> None:
    web.paths["/"] = answer(b"not packed at all", Content_Encoding="gzip")
    assert "no proper answer" in refused(web)


@pytest.mark.parametrize(
    "kind", ["application/pdf", "text/plain", "image/png", "nonsense", "application/json; charset=utf-8"]
)
def test_what_is_no_page_is_not_read(web: Site, kind: str) -> None:
    web.paths["/"] = answer(PAGE, kind)
    assert "not a web page" in refused(web)


def test_an_answer_other_than_200_is_told(web: Site) -> None:
    assert refused(web, "/gone") == "127.0.0.1 answered 404 when asked for a web page."


@pytest.mark.parametrize("noise", [b"", b"\x00\xff" * 100, b"HTTP/9.9\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n", b"SSH-2.0-OpenSSH\r\n"])  # fmt: skip
def test_a_server_that_speaks_something_else_is_told(web: Site, noise: bytes) -> None:
    web.paths["/"] = noise
    assert "127.0.0.1 gave no proper answer" in refused(web)


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(NotFound, match="cannot be reached"):
        look_up("http://127.0.0.1:1/", allow_private=True)


def test_a_picture_becomes_a_thumbnail_of_the_width_a_card_wants(web: Site) -> None:
    page = with_picture(web, answer(picture(), "image/png"))
    assert page.picture is not None
    assert page.why_no_picture is None
    assert (page.picture.width, page.picture.height) == (1200, 675)
    assert len(page.picture.data) <= 976_000
    assert web.asked_paths == ["/", "/a.png"]


def test_the_first_frame_of_a_moving_gif_is_taken(web: Site) -> None:
    buffer = io.BytesIO()
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    page = with_picture(web, answer(buffer.getvalue(), "image/gif"))
    assert page.picture is not None
    shown = Image.open(io.BytesIO(page.picture.data)).convert("RGB")
    assert shown.getpixel((5, 5)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("standing", "why"),
    [
        (answer(b"no", status="403 Forbidden"), "answered 403"),
        (answer(b"<svg/>", "image/svg+xml"), "image/svg+xml, not a picture"),
        (answer(b"<svg/>", "image/png"), "an SVG drawing"),
        (answer(picture()[:3000], "image/png"), "its end is missing"),
        (answer(picture(), "image/png", Content_Length=10), "cannot be used"),
        (answer(bytes(6_000_000), "image/png"), "more than 5,000,000 bytes"),
        (to("/a.png"), "more than 5 times"),
    ],
)
def test_a_page_whose_picture_cannot_be_had_is_a_page_without_one(
    web: Site, standing: bytes, why: str
) -> None:
    page = with_picture(web, standing)
    assert page.title == "T"
    assert page.picture is None
    assert why in (page.why_no_picture or "")


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's side and a client's trust, for a host of this name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, private = made.public_bytes(serialization.Encoding.PEM), key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )  # fmt: skip
    (folder / "both.pem").write_bytes(pem + private)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(folder / "both.pem")
    return served, ssl.create_default_context(cadata=pem.decode())


def test_over_tls_the_checked_address_is_asked_by_name_and_must_prove_that_name(tmp_path: Path) -> None:
    served, trust = certificate(tmp_path, "landmines.example")
    named: list[str | None] = []
    served.sni_callback = lambda _, name, __: named.append(name)  # type: ignore[assignment]
    with site(served) as web:
        web.paths["/"] = answer(PAGE)

        def look(host: str, trusting: ssl.SSLContext | None) -> Page | None:
            url = f"https://{host}:{web.port}/"
            return look_up(url, allow_private=True, resolve=lambda *_: ["127.0.0.1"], trust=trusting)

        page = look("landmines.example", trust)
        assert page is not None
        assert page.title == "Landmines"
        with pytest.raises(NotFound, match=r"other\.example does not prove who it is"):
            look("other.example", trust)
        with pytest.raises(NotFound, match=r"landmines\.example does not prove who it is"):
            look("landmines.example", None)
    assert named == ["landmines.example", "other.example", "landmines.example"]
    assert len(web.asked) == 1
