"""The rules a group has given itself [GP1]: versions, each signed by who made it or made by a rule. Pure values."""

import hashlib
from dataclasses import dataclass, replace
from typing import Final, Literal

from hongyan.sdk.content import cbor
from hongyan.sdk.identity.keys import holds, sign

ADMINS_MAX: Final = 10
NAME_CHARACTERS_MAX: Final = 50
ANNOUNCEMENT_CHARACTERS_MAX: Final = 2_000
BY_RULE: Final = 0
_LABEL: Final = b"hongyan group policy v1\0"

Adding = Literal["everyone", "approval", "admins"]
Allowed = Literal["everyone", "admins"]
Share = Literal["none", "last", "all"]
Role = Literal["owner", "admin", "member"]
_ADDING: Final[dict[object, Adding]] = {"everyone": "everyone", "approval": "approval", "admins": "admins"}
_ALLOWED: Final[dict[object, Allowed]] = {"everyone": "everyone", "admins": "admins"}
_SHARE: Final[dict[object, Share]] = {"last": "last", "all": "all"}


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose group this is from its first day: the group's id follows from it [CO3]."""

    account: int
    account_key: bytes
    nonce: bytes


@dataclass(frozen=True, slots=True)
class Announcement:
    text: str
    by: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Policy:
    """`version` 0: nobody has signed one yet. `name` None: never named. `door`: opens requests to join [GP9].
    `history`: what who joins by the group's code is given of what was said before [GH6]."""

    group_id: bytes
    version: int
    previous: bytes
    signer: int
    origin: Origin | None
    owner: int
    admins: tuple[int, ...]
    adding: Adding
    naming: Allowed
    announcing: Allowed
    name: str | None
    announcement: Announcement | None
    door: bytes | None
    history: Share = "none"

    def role_of(self, account: int) -> Role:
        if account == self.owner:
            return "owner"
        return "admin" if account in self.admins else "member"

    @property
    def roles(self) -> tuple[int, tuple[int, ...]]:
        return self.owner, self.admins

    @property
    def settings(self) -> tuple[object, ...]:
        return self.adding, self.naming, self.announcing, self.door, self.history

    def encode(self) -> bytes:
        origin, said = self.origin, self.announcement
        return cbor.encode(
            [
                self.group_id,
                self.version,
                self.previous,
                self.signer,
                None if origin is None else [origin.account, origin.account_key, origin.nonce],
                self.owner,
                self.admins,
                self.adding,
                self.naming,
                self.announcing,
                self.name,
                None if said is None else [said.text, said.by, said.at_ms],
                self.door,
                # Groups that give nothing have no such field, as before there was one.
                *([] if self.history == "none" else [self.history]),
            ]
        )

    @property
    def hash(self) -> bytes:
        return hashlib.sha256(b"hongyan policy hash v1\0" + self.encode()).digest()


@dataclass(frozen=True, slots=True)
class Signed:
    """As it travels: the exact bytes that are signed; no signature when it was made by rule."""

    content: bytes
    signature: bytes

    @property
    def policy(self) -> Policy | None:
        return decode_policy(self.content)


def group_id_of(origin: Origin) -> bytes:
    return hashlib.sha256(b"hongyan group v1\0" + origin.account_key + origin.nonce).digest()[:16]


def first_policy(group_id: bytes, owner: int) -> Policy:
    """What holds in a group that never made one [GP2]."""
    return Policy(group_id, 0, b"", BY_RULE, None, owner, (), "everyone", "everyone", "admins", None, None, None)


def next_by_rule(before: Policy, owner: int, admins: tuple[int, ...]) -> Policy:
    made = replace(before, owner=owner, admins=admins)
    return replace(made, version=before.version + 1, previous=before.hash, signer=BY_RULE)


def sign_policy(policy: Policy, seed: bytes) -> Signed:
    content = policy.encode()
    return Signed(content, sign(seed, _LABEL + content))


def unsigned(policy: Policy) -> Signed:
    return Signed(policy.encode(), b"")


def is_signed_by(signed: Signed, account_key: bytes) -> bool:
    return holds(account_key, _LABEL + signed.content, signed.signature)


def decode_policy(content: bytes) -> Policy | None:
    """None for bytes that are not exactly the encoding of one: two readings of one signature cannot be."""
    try:
        fields = cbor.decode(content)
    except ValueError:
        return None
    known = cbor.parts(fields, 14) or cbor.parts(fields, 13)
    policy = None if known is None else _policy_of(known)
    return policy if policy is not None and policy.encode() == content else None


def _policy_of(fields: list[object]) -> Policy | None:
    group_id, version, previous, signer, origin, owner, admins, *rules, name, said, door = fields[:13]
    history = _SHARE.get(fields[13]) if len(fields) > 13 else "none"
    from_, announcement = _origin(origin), _announcement(said)
    numbers = [one for one in (version, signer, owner) if isinstance(one, int) and cbor.is_count(one)]
    if len(numbers) != 3 or from_ is False or announcement is False:
        return None
    if not isinstance(group_id, bytes) or not isinstance(previous, bytes) or not isinstance(admins, list | tuple):
        return None
    accounts = tuple(one for one in admins if isinstance(one, int) and cbor.is_count(one))
    if len(accounts) != len(admins) or len(accounts) > ADMINS_MAX:
        return None
    may_add, may_name, may_announce = _ADDING.get(rules[0]), _ALLOWED.get(rules[1]), _ALLOWED.get(rules[2])
    if may_add is None or may_name is None or may_announce is None or history is None:
        return None
    if name is not None and (not isinstance(name, str) or len(name) > NAME_CHARACTERS_MAX):
        return None
    if door is not None and (not isinstance(door, bytes) or len(door) != 32):
        return None
    number, signer_, owner_ = numbers
    settings = (may_add, may_name, may_announce)
    parts = (number, previous, signer_, from_, owner_, accounts, *settings)
    return Policy(group_id, *parts, name, announcement, door, history)


def _origin(value: object) -> Origin | Literal[False] | None:
    """False: it is neither one nor none."""
    if value is None:
        return None
    fields = cbor.parts(value, 3)
    if fields is None:
        return False
    account, key, nonce = fields
    if not isinstance(account, int) or not isinstance(key, bytes) or not isinstance(nonce, bytes):
        return False
    return Origin(account, key, nonce) if len(key) == 32 and len(nonce) == 16 else False


def _announcement(value: object) -> Announcement | Literal[False] | None:
    if value is None:
        return None
    fields = cbor.parts(value, 3)
    if fields is None:
        return False
    text, by, at_ms = fields
    if not isinstance(text, str) or not isinstance(by, int) or not isinstance(at_ms, int):
        return False
    return Announcement(text, by, at_ms) if len(text) <= ANNOUNCEMENT_CHARACTERS_MAX else False
