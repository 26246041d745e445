"""The links people show each other; what follows `#` never reaches a server [CT3] [GP9]."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from hongyan.sdk.trouble import Trouble

_LINK = re.compile(r"^(https?://[^/#?\s]+)/([ig])/?#([\w.-]+)$")
_TOKEN = re.compile(r"^[\w-]{20,64}$")


@dataclass(frozen=True, slots=True)
class Invitation:
    origin: str
    token: str
    secret: bytes | None
    fingerprint: str | None


@dataclass(frozen=True, slots=True)
class GroupLink:
    origin: str
    fragment: str


def unpadded(content: bytes) -> str:
    """base64url as it stands in links and paths."""
    return urlsafe_b64encode(content).decode().rstrip("=")


def from_unpadded(text: str) -> bytes:
    """Raises ValueError."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def parse_link(pasted: str) -> Invitation | GroupLink:
    """Raises Trouble link_malformed."""
    found = _LINK.match(pasted.strip())
    if found is None:
        raise Trouble("link_malformed")
    origin, page, fragment = found.groups()
    if page == "g":
        return GroupLink(origin, fragment)
    token, secret, shown = [*fragment.split("."), "", ""][:3]
    if not _TOKEN.match(token):
        raise Trouble("link_malformed")
    try:
        return Invitation(origin, token, from_unpadded(secret) if secret else None, shown or None)
    except ValueError:
        raise Trouble("link_malformed") from None


def invitation_link(origin: str, token: str, secret: bytes, fingerprint: str) -> str:
    return f"{origin}/i#{token}.{unpadded(secret)}.{fingerprint}"
