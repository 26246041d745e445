"""Which addresses the server may call that somebody named: pure decisions [PU5]."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

URL_CHARACTERS_MAX: Final = 2_048
DEFAULT_PORTS = {"https": 443, "http": 80}


def allowed_hosts(setting: str) -> frozenset[str]:
    """The hosts, each with or without a port, that may be inner ones and speak plain HTTP."""
    return frozenset(host.strip().lower() for host in setting.split(",") if host.strip())


def split_url(url: str) -> SplitResult | None:
    """The parts of an address; None if it is none that could be called."""
    if len(url) > URL_CHARACTERS_MAX or not url.isascii() or not url.isprintable():
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or port == 0 or " " in url:
        return None
    if parts.username is not None or parts.password is not None or "#" in url or "\\" in url:
        return None
    return parts


def is_allowed_inside(parts: SplitResult, inside: frozenset[str]) -> bool:
    """Whether the operator named this host as one that may be inner."""
    port = parts.port or DEFAULT_PORTS[parts.scheme]
    return parts.hostname in inside or f"{parts.hostname}:{port}" in inside


def is_usable(url: str, inside: frozenset[str]) -> bool:
    """Whether somebody may name this address: https, and no inner address by its looks [PU5].

    A host name is looked up when it is called, each time.
    """
    parts = split_url(url)
    if parts is None:
        return False
    if is_allowed_inside(parts, inside):
        return True
    host = parts.hostname or ""
    if parts.scheme != "https" or host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return False
    try:
        return not is_inner(host)
    except ValueError:
        # 127.1 and 0x7f000001 are addresses to some resolvers; a public name has a dot and a letter at its end.
        return "." in host.rstrip(".") and host.rstrip(".")[-1].isalpha()


def is_inner(address: str) -> bool:
    """Whether an IP address is not one of the public Internet. Raises ValueError."""
    return _is_inner(ip_address(address.partition("%")[0]))


def _is_inner(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if carried is None and address.packed[:12] == b"\0d\xff\x9b" + bytes(8):  # 64:ff9b::/96, NAT64
            carried = IPv4Address(address.packed[12:])
        if carried is not None and _is_inner(carried):
            return True
    return not address.is_global or address.is_multicast
