"""A small campaign whose facts have share cards, and the image that a person adds."""

from __future__ import annotations

from pathlib import Path

from tests.images.test_clean import laden
from tests.world import TEMPLATES, write_campaign

CARDS = """
cards:
  oslo-adoption:
    figure: "{{ adopted }}"
    text: was the day on which the Convention was adopted in {{ place }}.
  casualties-2024:
    figure: "{{ casualties | upper_first }}"
    text: people were killed or injured by mines in {{ year }}.
"""
ACCOUNTS = """
accounts:
  one: {network: file, options: {like: x}}
  two: {network: file, options: {like: bluesky}}
  bare: {network: file, pictures: none}
"""
ALT, CREDIT, LICENCE = "Two deminers kneel in a field near Siem Reap.", "Jane Doe / ICBL", "CC BY 4.0"
AS_SENT = f"{ALT} ({CREDIT}, {LICENCE})"
PHOTO = laden("JPEG")  # with the camera's maker, a name and a place in it


def write_illustrated(home: Path) -> Path:
    """The campaign: two accounts whose posts carry pictures, and one whose posts carry none."""
    campaign = "name: Test campaign\nhashtags: [MineAction]\ncool_downs: {fact_days: 1, group_days: 0}\n"
    return write_campaign(home, accounts=ACCOUNTS, templates=TEMPLATES + CARDS, campaign=campaign)
