"""A group's rules as the SDK judges them: the same cases as the app's, on the same bytes."""

from dataclasses import replace

import pytest

from hongyan.sdk.content import cbor
from hongyan.sdk.groups.door import Code, Request, make_code, open_request, read_code
from hongyan.sdk.groups.judging import (
    Change,
    Seat,
    Standing,
    first_standing,
    founded_standing,
    judge,
    may_add,
    may_remove,
)
from hongyan.sdk.groups.note import Note, decode_departure, open_note, seal_note, sign_departure
from hongyan.sdk.groups.policy import Origin, Policy, decode_policy, group_id_of, is_signed_by, sign_policy
from hongyan.sdk.groups.standings import decode_standing, encode_standing
from hongyan.sdk.groups.trail import Witnesses, policy_of_trail
from hongyan.sdk.identity.boxes import KeyPair
from hongyan.sdk.identity.keys import public_half

LAN, MEI, BO, GRANDMA = 1, 2, 3, 4
SEEDS = {account: bytes([account]) * 32 for account in (LAN, MEI, BO, GRANDMA)}
ORIGIN = Origin(LAN, public_half(SEEDS[LAN]), b"n" * 16)
GROUP = group_id_of(ORIGIN)


def seat(account: int, device: int = 0) -> Seat:
    return Seat(bytes([account, device]) * 16, account, bytes([device, account]) * 16, gone=False)


THREE = (seat(LAN), seat(MEI), seat(BO))


def founded(**changes: object) -> Standing:
    """lan's group, under a policy of hers from its first commit."""
    start = first_standing(GROUP, THREE)
    first = following(start, LAN, origin=ORIGIN, **changes)
    signed = sign_policy(first, SEEDS[LAN])
    standing, faults = judge(start, Change(THREE[0], THREE, THREE, (first, signed)))
    assert not faults and standing.policy == first
    return standing


def following(standing: Standing, signer: int, **changes: object) -> Policy:
    before = standing.policy
    made = replace(before, **changes)  # type: ignore[arg-type]  # fields by name
    return replace(made, version=before.version + 1, previous=before.hash, signer=signer)


def after(standing: Standing, committer: Seat | None, seats: tuple[Seat, ...], **change: object):  # type: ignore[no-untyped-def]
    return judge(standing, Change(committer, THREE, seats, **change))  # type: ignore[arg-type]


def test_the_lowest_leaf_owns_a_group_without_a_policy() -> None:
    """[GP2]"""
    standing = first_standing(GROUP, (Seat(b"x" * 32, None, b"", gone=False), *THREE))
    assert standing.policy.owner == LAN and may_add(standing, MEI, GRANDMA)


@pytest.mark.parametrize("history", ["none", "last", "all"])
def test_a_policy_is_its_bytes_and_no_others(history: str) -> None:
    """[GP1] A group that gives newcomers nothing has no field for it [GH6]."""
    policy = founded(name="周末爬山", door=b"d" * 32, history=history).policy
    fields = cbor.decode(policy.encode())
    assert isinstance(fields, list) and fields[13:] == ([] if history == "none" else [history])
    assert decode_policy(policy.encode()) == policy
    assert decode_policy(policy.encode() + b"\0") is None
    for more in (["none"], ["most"], ["last", "last"]):
        assert decode_policy(cbor.encode([*fields, *more])) is None
    signed = sign_policy(policy, SEEDS[LAN])
    assert is_signed_by(signed, public_half(SEEDS[LAN])) and not is_signed_by(signed, public_half(SEEDS[MEI]))


@pytest.mark.parametrize(
    ("signer", "changes", "holds"),
    [
        (LAN, {"admins": (MEI,)}, True),
        (MEI, {"admins": (MEI,)}, False),
        (LAN, {"owner": GRANDMA}, False),
        (MEI, {"name": "新名字"}, True),
        (MEI, {"adding": "admins"}, False),
        (LAN, {"adding": "admins"}, True),
        (MEI, {"history": "all"}, False),
        (LAN, {"history": "all"}, True),
        (LAN, {"origin": None}, False),
    ],
)
def test_who_may_change_what(signer: int, changes: dict[str, object], holds: bool) -> None:
    """[GP4] What is not in order is void, and a fault."""
    standing = founded()
    committer = next(one for one in THREE if one.account == signer)
    policy = following(standing, signer, **changes)
    judged, faults = after(standing, committer, THREE, policy=(policy, sign_policy(policy, SEEDS[signer])))
    assert (judged.policy == policy) is holds
    assert [fault.what for fault in faults] == ([] if holds else ["policy"])


def test_additions_without_right_are_intruders() -> None:
    """[GP5] [GP6] But a member's own further device is hers to bring."""
    standing = founded(adding="admins")
    stranger, second = seat(GRANDMA), seat(MEI, 1)
    judged, faults = after(standing, THREE[1], (*THREE, stranger, second))
    assert judged.intruders == (stranger.key,) and judged.offences == {MEI: 1}
    assert [(fault.what, fault.people) for fault in faults] == [("added", (GRANDMA,))]
    assert GRANDMA not in judged.members((*THREE, stranger)) and may_remove(judged, BO, stranger)
    allowed, faults = after(standing, THREE[0], (*THREE, stranger))
    assert not faults and not allowed.intruders


def test_removals_without_right_make_victims() -> None:
    """[GP6]"""
    standing = founded()
    judged, faults = after(standing, THREE[1], THREE[:2])
    assert judged.victims == (BO,) and [fault.what for fault in faults] == ["removed"]
    assert BO in judged.members(THREE[:2]) and may_add(judged, MEI, BO)
    again, _ = judge(judged, Change(THREE[1], THREE[:2], THREE))
    assert again.victims == ()
    departure = sign_departure(GROUP, BO, (THREE[2].encryption_key,), SEEDS[BO])
    assert decode_departure(departure.encode()) == departure and departure.holds(GROUP, public_half(SEEDS[BO]))
    gone, faults = after(standing, THREE[1], THREE[:2], departures=(departure,))
    assert not faults and gone.victims == ()


def test_who_is_gone_loses_her_part() -> None:
    """[GP7]"""
    standing = founded(admins=(MEI,))
    departure = sign_departure(GROUP, LAN, (THREE[0].encryption_key,), SEEDS[LAN])
    judged, faults = after(standing, THREE[2], THREE[1:], departures=(departure,))
    assert not faults and judged.policy.owner == MEI and judged.policy.admins == () and judged.policy.signer == 0


def test_a_trail_leads_to_the_policy_and_nobody_can_bend_it() -> None:
    """[GP8]"""
    standing = founded(name="家")
    assert decode_standing(encode_standing(standing)) == standing
    keys = {account: public_half(seed) for account, seed in SEEDS.items()}
    witnesses = Witnesses(keys.get, {LAN, MEI, BO}.__contains__)
    assert policy_of_trail(GROUP, standing.trail, witnesses) == standing.policy
    usurped = replace(standing.policy, version=9, previous=standing.policy.hash, signer=MEI, owner=MEI)
    bent = (*standing.trail, sign_policy(usurped, SEEDS[MEI]))
    assert policy_of_trail(GROUP, bent, witnesses) is None
    assert policy_of_trail(b"another group id"[:16], standing.trail, witnesses) is None


def test_who_founds_a_group_gives_it_its_first_version() -> None:
    """[GP2] [GP8] As the app's first commit would, and told to who asks: the group's id proves whose it is."""
    standing = founded_standing(ORIGIN, "家", b"d" * 32, SEEDS[LAN])
    assert standing == founded(name="家", door=b"d" * 32)
    witnesses = Witnesses({LAN: public_half(SEEDS[LAN])}.get, {LAN}.__contains__)
    assert policy_of_trail(GROUP, standing.trail, witnesses) == standing.policy
    assert policy_of_trail(b"another group id"[:16], standing.trail, witnesses) is None


def test_a_note_is_for_its_epoch() -> None:
    """[GP3]"""
    signed = sign_policy(founded().policy, SEEDS[LAN])
    departure = sign_departure(GROUP, BO, (b"k" * 32,), SEEDS[BO])
    note = Note(signed, (departure,))
    sealed = seal_note(note, b"e" * 16)
    assert (len(sealed) - 28) % 512 == 0
    assert open_note(sealed, b"e" * 16) == note and open_note(sealed, b"f" * 16) is None


def test_a_request_is_hers_who_signed_it() -> None:
    """[GP9]"""
    door = KeyPair.new()
    code = read_code(make_code(Code(GROUP, door.public_key, LAN, 10**13, "家", 3, ("lan",)), SEEDS[LAN]))
    assert code is not None and code.holds(public_half(SEEDS[LAN])) and code.name == "家"
    request = Request(BO, public_half(SEEDS[BO]), "bo", 5, code, b"x" * 32)
    sealed = request.seal(GROUP, door.public_key, SEEDS[BO])
    assert open_request(GROUP, sealed, door.private_key) == request
    forged = request.seal(GROUP, door.public_key, SEEDS[MEI])
    assert open_request(GROUP, forged, door.private_key) is None
    assert open_request(GROUP, sealed, KeyPair.new().private_key) is None
