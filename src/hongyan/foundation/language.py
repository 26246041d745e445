"""The three languages every sentence exists in, and which of them a reader wants."""

from dataclasses import dataclass
from enum import Enum


class Language(Enum):
    ZH_HANS = "zh-Hans"
    ZH_HANT = "zh-Hant"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in all three languages; `{name}` places are filled by `format`."""

    zh_hans: str
    zh_hant: str
    en: str

    def into(self, language: Language) -> str:
        if language is Language.ZH_HANS:
            return self.zh_hans
        return self.zh_hant if language is Language.ZH_HANT else self.en

    def format(self, **values: object) -> "Text":
        return Text(self.zh_hans.format(**values), self.zh_hant.format(**values), self.en.format(**values))


_TRADITIONAL = ("hant", "tw", "hk", "mo")


def language_of_tag(tag: str) -> Language | None:
    """The language of one BCP 47 or POSIX tag ("zh-TW", "zh_CN.UTF-8"); None if it is none of ours."""
    parts = tag.split(".")[0].replace("_", "-").lower().split("-")
    if parts[0] == "zh":
        return Language.ZH_HANT if any(p in _TRADITIONAL for p in parts[1:]) else Language.ZH_HANS
    return Language.EN if parts[0] == "en" else None


def language_of_header(accept_language: str) -> Language:
    """The reader's best language by an Accept-Language header (RFC 9110 §12.5.4); Chinese if it names none."""
    best: tuple[float, Language] | None = None
    for item in accept_language[:500].split(","):
        tag, _, weight = item.strip().partition(";")
        language = language_of_tag(tag.strip())
        if language is None:
            continue
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            continue
        if quality > 0 and (best is None or quality > best[0]):
            best = (quality, language)
    return best[1] if best else Language.ZH_HANS
