"""The small campaign of tests/world.py in French and Arabic, translated and reviewed by nobody."""

from __future__ import annotations

from pathlib import Path

FRENCH_FILE = "messages/templates/fr/casualties.yaml"
ARABIC_FILE = "messages/templates/ar/casualties.yaml"
FRENCH = """# Our own translation.
language: fr

values:
  oslo-adoption: {place: Oslo}
cards:
  casualties-2024:
    figure: "{{ casualties | upper_first }}"
    text: personnes ont été tuées ou blessées par des mines en {{ year }}.

templates:
  # Never leave out the year.
  casualties-2024:
    a: En {{ year }}, {{ casualties }} personnes ont été tuées ou blessées par des mines.
    b: Les mines ont tué ou blessé {{ casualties }} personnes en {{ year }}.
  oslo-adoption:
    a: La Convention a été adoptée à {{ place }} le {{ adopted }}.
observances:
  mine-day:
    a: Il y a {{ years }} ans.
# The end.
"""
FRENCH_STYLE = """
language: fr
credit: "Source : {{ credit }}, au {{ as_of }}."
sources: {Landmine Monitor 2025: Observatoire des mines 2025}
comparators: {at least: "au moins {}"}
"""
ARABIC = """
language: ar
templates:
  casualties-2024:
    a: قُتل أو أُصيب {{ casualties }} شخصاً بسبب الألغام في عام {{ year }}.
"""
ARABIC_STYLE = """
language: ar
credit: "المصدر: {{ credit }}، حتى {{ as_of }}."
sources: {Landmine Monitor 2025: مرصد الألغام الأرضية 2025}
comparators: {at least: "ما لا يقل عن {}"}
"""
MINE_DAY = (
    "observances:\n  mine-day: {title: Mine day, day: 04-04, fact: oslo-adoption, origin: 2005-12-08}\n"
)


def translate(home: Path, french: str = FRENCH) -> Path:
    """Add the translations to a campaign folder; its observances are to be MINE_DAY."""
    texts = {
        FRENCH_FILE: french,
        "messages/style/fr.yaml": FRENCH_STYLE,
        ARABIC_FILE: ARABIC,
        "messages/style/ar.yaml": ARABIC_STYLE,
        "config/observances.yaml": MINE_DAY,
    }
    for name, text in texts.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return home


def reword(home: Path, old: str, new: str, file: str = FRENCH_FILE) -> None:
    """Change some words in a translation."""
    text = (home / file).read_text(encoding="utf-8")
    assert old in text
    (home / file).write_text(text.replace(old, new, 1), encoding="utf-8")
