"""Pure decisions: which endpoints may be called, what an answer means, when to try again."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from hongyan.push.model import ENDPOINT_CHARACTERS_MAX, RETRY_S_MAX, RETRY_S_MIN, Answer, Outcome

DEFAULT_PORTS = {"https": 443, "http": 80}


def allowed_hosts(setting: str) -> frozenset[str]:
    """The hosts, each with or without a port, that may be inner ones and speak plain HTTP."""
    return frozenset(host.strip().lower() for host in setting.split(",") if host.strip())


def split_endpoint(endpoint: str) -> SplitResult | None:
    """The parts of an endpoint; None if it is none that could be called."""
    if len(endpoint) > ENDPOINT_CHARACTERS_MAX or not endpoint.isascii() or not endpoint.isprintable():
        return None
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or port == 0 or " " in endpoint:
        return None
    if parts.username is not None or parts.password is not None or "#" in endpoint or "\\" in endpoint:
        return None
    return parts


def is_allowed_inside(parts: SplitResult, inside: frozenset[str]) -> bool:
    """Whether the operator named this host as one that may be inner."""
    port = parts.port or DEFAULT_PORTS[parts.scheme]
    return parts.hostname in inside or f"{parts.hostname}:{port}" in inside


def is_usable(endpoint: str, inside: frozenset[str]) -> bool:
    """Whether a device may name this endpoint: https, and no inner address by its looks [PU5].

    A host name is looked up when it is called, each time.
    """
    parts = split_endpoint(endpoint)
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


def answer_of(status: int, retry_after: str | None) -> Answer:
    """What a push service's status means (RFC 8030 §5, §8.3)."""
    wait_s = int(retry_after) if retry_after is not None and retry_after.isdigit() and len(retry_after) < 8 else None
    if 200 <= status < 300:
        return Answer(Outcome.TAKEN)
    if status in (404, 410):
        return Answer(Outcome.GONE)
    if status == 429 or status >= 500:
        return Answer(Outcome.BUSY, wait_s)
    return Answer(Outcome.REFUSED, wait_s)


def retry_s(failures: int, retry_after_s: int | None, jitter: float) -> float:
    """How long to wait after so many failures in a row; `jitter` is in 0..1 and spreads a crowd."""
    doublings = min(max(failures - 1, 0), 16)
    backoff_s = min(RETRY_S_MIN * (1 << doublings), RETRY_S_MAX)
    return max(backoff_s * (0.75 + jitter / 2), min(retry_after_s or 0, RETRY_S_MAX))
