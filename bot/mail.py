"""Mail to the desk's people, through the server that BOT_SMTP_URL names."""

from __future__ import annotations

import os
import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from bot.logs import get_logger

log = get_logger("bot.mail")

SECONDS = 20
PORTS = {"smtp": 587, "smtps": 465}


def is_set_up() -> bool:
    """Whether mail can be sent: server, sender and the desk's own address are known.

    The address is a setting, because the one that a request names could be anybody's.
    """
    return all(
        (os.environ.get("BOT_SMTP_URL"), os.environ.get("BOT_MAIL_FROM"), os.environ.get("BOT_WEB_URL"))
    )


def send_link(to: str, path: str) -> None:
    """Mail a link for signing in; a server that does not take it is named in the log."""
    desk = os.environ.get("BOT_WEB_URL", "").rstrip("/")
    text = (
        f"Open this link to sign in to the desk. It works once, for 15 minutes:\n\n{desk}{path}\n\n"
        "If you did not ask for it, leave it alone: nobody can sign in with it but you.\n"
    )
    try:
        send(to, "Your link to the desk", text)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        log.error("mail not sent", error=type(error).__name__, detail=str(error))


def send(to: str, subject: str, text: str) -> None:
    """Send a mail in plain text. Raises OSError or smtplib.SMTPException."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = os.environ.get("BOT_MAIL_FROM", ""), to, subject
    message.set_content(text)
    server = urlsplit(os.environ.get("BOT_SMTP_URL", ""))
    host, port = server.hostname or "localhost", server.port or PORTS.get(server.scheme, 25)
    with _connected(server.scheme, host, port) as smtp:
        if server.username:
            smtp.login(unquote(server.username), unquote(server.password or ""))
        smtp.send_message(message)


def _connected(scheme: str, host: str, port: int) -> smtplib.SMTP:
    """smtps: encrypted from the first byte; smtp: by STARTTLS; smtp+plain: not at all, for one's own machine."""
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=ssl.create_default_context())
    smtp = smtplib.SMTP(host, port, timeout=SECONDS)
    if scheme != "smtp+plain":
        smtp.starttls(context=ssl.create_default_context())
    return smtp
