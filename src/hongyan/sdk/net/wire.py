"""The answers of the HTTP routes that the SDK asks (SPEC §2); fields it does not know are passed over."""

from msgspec import Struct


class Server(Struct, frozen=True):
    domain: str
    time_ms: int
    protocol: int = 0


class WirePerson(Struct, frozen=True):
    account_id: int
    name: str
    account_key: bytes
    box_key: bytes
    box_signature: bytes


class Friend(WirePerson, frozen=True):
    since_ms: int = 0
    greeting: bytes | None = None


class Asking(WirePerson, frozen=True):
    at_ms: int = 0
    greeting: bytes = b""


class Contacts(Struct, frozen=True):
    contacts: list[Friend]
    incoming: list[Asking]
    outgoing: list[Asking]
    blocked: list[WirePerson]


class Look(Struct, frozen=True):
    kind: str
    inviter_id: int | None = None
    inviter_name: str | None = None
    inviter_account_key: bytes | None = None
    inviter_box_key: bytes | None = None
    inviter_box_signature: bytes | None = None

    def inviter(self) -> WirePerson | None:
        """Whose friend one becomes by it; None for an invitation to the server alone."""
        fields = (self.inviter_account_key, self.inviter_box_key, self.inviter_box_signature)
        key, box_key, signature = fields
        if self.kind != "friend" or key is None or box_key is None or signature is None:
            return None
        return WirePerson(self.inviter_id or 0, self.inviter_name or "", key, box_key, signature)


class Admission(Struct, frozen=True):
    account_id: int
    device_id: int
    token: str
    friend: WirePerson | None = None


class Certified(Struct, frozen=True):
    signature_key: bytes
    device_id: int
    account_id: int
    name: str
    account_key: bytes
    certificate: bytes
    created_at_ms: int
    removed: bool


class Directory(Struct, frozen=True):
    devices: list[Certified]


class Claimed(Struct, frozen=True):
    device_id: int
    account_id: int
    key_package: bytes


class Claim(Struct, frozen=True):
    devices: list[Claimed]


class Stock(Struct, frozen=True):
    count: int
    has_last_resort: bool = False


class ListedGroup(Struct, frozen=True):
    group_id: bytes
    epoch: int
    joined: bool


class ListedGroups(Struct, frozen=True):
    groups: list[ListedGroup]


class GroupInfoAnswer(Struct, frozen=True):
    epoch: int
    group_info: bytes
    roster: list[int]


class Asked(Struct, frozen=True):
    state: str


class Made(Struct, frozen=True):
    id: int
    token: str
    expires_at_ms: int


class Problem(Struct, frozen=True):
    code: str = ""
    retry_after_s: float | None = None
