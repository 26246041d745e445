"""Which names may be, when they are the same name, and when an invitation still admits someone [ID1]."""

import unicodedata

from hongyan.accounts.model import NAME_CHARACTERS_MAX, Invitation, Refusal

_PUNCTUATION = frozenset("_.-")
_CJK = frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC"})
# Letters and marks by category that show nothing (Unicode's Default_Ignorable_Code_Point).
_INVISIBLE = frozenset(
    map(
        chr,
        [
            0x034F,
            0x115F,
            0x1160,
            0x17B4,
            0x17B5,
            *range(0x180B, 0x1810),
            0x3164,
            *range(0xFE00, 0xFE10),
            0xFFA0,
        ],
    )
) | frozenset(map(chr, range(0xE0100, 0xE01F0)))
_MARKS_IN_A_ROW_MAX = 2
_RAW_CHARACTERS_MAX = 4 * NAME_CHARACTERS_MAX


def canonical_name(typed: str) -> str | None:
    """The name as the server keeps it (NFKC, outer spaces dropped), or None if it may not be a name.

    Letters and marks of any script, ASCII digits and `_ . -`; it begins and ends with no punctuation, and its
    letters are of one script besides Chinese, Japanese and Korean, so that none is written to look like another.
    """
    if len(typed) > _RAW_CHARACTERS_MAX:
        return None
    name = unicodedata.normalize("NFKC", typed.strip())
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX or unicodedata.normalize("NFKC", name) != name:
        return None
    if name[0] in _PUNCTUATION or name[-1] in _PUNCTUATION:
        return None
    scripts = set()
    marks = 0
    for index, character in enumerate(name):
        if character in _PUNCTUATION or character in "0123456789":
            marks = 0
            continue
        script = _script(character)
        if script is None or character in _INVISIBLE:
            return None
        if unicodedata.category(character).startswith("M"):
            marks += 1
            if index == 0 or marks > _MARKS_IN_A_ROW_MAX or name[index - 1] in "_.-0123456789":
                return None
            if script == "COMBINING":
                continue
        else:
            marks = 0
        scripts.add(script)
    return name if len(scripts - _CJK) <= 1 else None


def fold(name: str) -> str:
    """What two spellings of one name have in common: unique on the server, and the name to look up by."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name.strip()).casefold())


def refusal_of_invitation(invitation: Invitation, *, now_ms: int) -> Refusal | None:
    """None while it still admits one more."""
    if invitation.uses >= invitation.uses_max:
        return Refusal.INVITATION_USED
    return Refusal.INVITATION_EXPIRED if now_ms >= invitation.expires_at_ms else None


def _script(character: str) -> str | None:
    """The first word of the character's Unicode name; None for what is neither letter nor mark."""
    category = unicodedata.category(character)
    script = unicodedata.name(character, "").split(" ")[0]
    if category in ("Lu", "Ll", "Lo", "Mn", "Mc"):
        return script or None
    # Repetition and length marks, and 〇, are letters to those who write with them.
    return script if script in _CJK and category in ("Lm", "Nl") else None
