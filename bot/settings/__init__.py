"""The files of `config/` as typed settings; every error names file, line and key, and how to mend it."""

from bot.settings.format import (
    FILES,
    WEEKDAYS,
    CampaignFile,
    CoolDowns,
    ObservancesFile,
    PreferWhatWorks,
    QuietHours,
    ReviewEntry,
    SlotEntry,
    SlotsFile,
)
from bot.settings.reading import Settings, load_settings

__all__ = [
    "FILES",
    "WEEKDAYS",
    "CampaignFile",
    "CoolDowns",
    "ObservancesFile",
    "PreferWhatWorks",
    "QuietHours",
    "ReviewEntry",
    "Settings",
    "SlotEntry",
    "SlotsFile",
    "load_settings",
]
