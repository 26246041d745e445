"""Sentences in the three languages, and which of them the reader of this terminal wants."""

import os
from dataclasses import dataclass
from typing import Final, Literal

Tag = Literal["zh-Hans", "zh-Hant", "en"]

_TRADITIONAL: Final = ("hant", "tw", "hk", "mo")


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in all three languages."""

    zh_hans: str
    zh_hant: str
    en: str

    def into(self, tag: Tag) -> str:
        if tag == "zh-Hans":
            return self.zh_hans
        return self.zh_hant if tag == "zh-Hant" else self.en

    def __str__(self) -> str:
        return self.into(language())


def language() -> Tag:
    """Chinese for a Chinese terminal, English for any other."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            parts = value.split(".")[0].replace("_", "-").lower().split("-")
            if parts[0] != "zh":
                return "en"
            return "zh-Hant" if any(part in _TRADITIONAL for part in parts[1:]) else "zh-Hans"
    return "en"
