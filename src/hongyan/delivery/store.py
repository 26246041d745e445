"""The SQL of mailboxes, numbers, groups and rosters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
import structlog

from hongyan.delivery.frames import Envelope, EnvelopeKind, Urgency, encode_envelope
from hongyan.delivery.model import Delivery, Group, GroupSummary, Mailbox
from hongyan.delivery.rules import WINDOW_BYTES
from hongyan.foundation.db import Row, Tx, Value
from hongyan.foundation.ids import AccountId, DeviceId, GroupId

_log = structlog.get_logger("delivery")

BodyRow = tuple[int, int, bytes, int, int, int, bytes | None, int, int]
MailRow = tuple[int, int, int]

# --- seq and mail ---------------------------------------------------------------------------------


def take_seqs(tx: Tx, count: int) -> int:
    """Reserve `count` seqs and return the first; the clock's row lock makes seq order commit order."""
    row = tx.one("UPDATE mail_clock SET seq = seq + ? WHERE id = 1 RETURNING seq", (count,))
    assert row is not None
    return integer(row[0]) - count + 1


def newest_seq(tx: Tx) -> int:
    row = tx.one("SELECT seq FROM mail_clock WHERE id = 1")
    assert row is not None
    return integer(row[0])


def mail_waiting(tx: Tx, *, most: int) -> int:
    """How many rows of mail wait in all mailboxes; not counted beyond `most`."""
    row = tx.one("SELECT COUNT(*) FROM (SELECT 1 FROM mail LIMIT ?) AS counted", (most,))
    assert row is not None
    return integer(row[0])


def insert_bodies(tx: Tx, bodies: Iterable[BodyRow]) -> None:
    tx.executemany(
        "INSERT INTO body (seq, kind, group_id, sender, no, received_at_ms, bytes, pending, urgency) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        bodies,
    )


def insert_mail(tx: Tx, rows: Iterable[MailRow]) -> None:
    tx.executemany("INSERT INTO mail (device_id, seq, sole) VALUES (?, ?, ?)", rows)


def erase_mail_up_to(tx: Tx, acks: Mapping[DeviceId, int]) -> list[Row]:
    """Erase each device's mail up to its seq; returns device, seq and sole of what went."""
    return tx.each("DELETE FROM mail WHERE device_id = ? AND seq <= ? RETURNING device_id, seq, sole", acks.items())


def erase_mail_of(tx: Tx, device_id: DeviceId) -> list[Row]:
    return tx.all("DELETE FROM mail WHERE device_id = ? RETURNING seq, sole", (device_id,))


def release_bodies(tx: Tx, erased: Iterable[Row]) -> None:
    """Erase each body whose last row of mail is among `erased`: this is where a delivered message ends [DS5]."""
    sole: list[tuple[Value]] = []
    shared: Counter[Value] = Counter()
    for seq, is_sole in erased:
        if is_sole:
            sole.append((seq,))
        else:
            shared[seq] += 1
    if sole:
        tx.executemany("DELETE FROM body WHERE seq = ?", sole)
    if shared:
        tx.executemany(
            "UPDATE body SET pending = pending - ? WHERE seq = ?", [(count, seq) for seq, count in shared.items()]
        )
        tx.executemany("DELETE FROM body WHERE seq = ? AND pending <= 0", [(seq,) for seq in shared])


def read_mail(
    tx: Tx, device_id: DeviceId, after: int, rows_max: int, bytes_max: int
) -> tuple[list[tuple[int, bytes]], bool]:
    """The next encoded envelopes after seq `after`, at least one if any waits; and whether that was all.

    What is damaged is left out: the counters in later messages tell of it.
    """
    rows = tx.all(
        "SELECT b.seq, b.kind, b.group_id, b.sender, b.no, b.received_at_ms, b.bytes "
        "FROM mail m JOIN body b ON b.seq = m.seq WHERE m.device_id = ? AND m.seq > ? ORDER BY m.seq LIMIT ?",
        (device_id, after, rows_max + 1),
    )
    page: list[tuple[int, bytes]] = []
    left = bytes_max
    for row in rows[:rows_max]:
        try:
            envelope = encode_envelope(msgspec.convert(row, Envelope, builtin_types=(bytes,)))
        except msgspec.ValidationError:
            # Damaged where it lies: a device could not read the frame, and would come back for it for ever.
            _log.error("mail_damaged", seq=row[0])
            continue
        left -= len(envelope)
        if left < 0 and page:
            return page, False
        page.append((integer(row[0]), envelope))
    return page, len(rows) <= rows_max


def newest_worth_waking(
    tx: Tx, device_id: DeviceId, account_id: AccountId, *, after: int, muted: Collection[bytes]
) -> int | None:
    """The newest seq above `after` for which the device is to be woken [PU3]; None if nothing such waits.

    Not for quiet messages, nor for what another device of its own account said, nor in a group it muted.
    """
    rows = tx.all(
        "SELECT b.group_id, MAX(b.seq) FROM mail m JOIN body b ON b.seq = m.seq "
        "WHERE m.device_id = ? AND m.seq > ? AND b.urgency > 0 AND NOT EXISTS "
        "(SELECT 1 FROM mailbox own WHERE own.device_id = b.sender AND own.account_id = ?) GROUP BY b.group_id",
        (device_id, after, account_id),
    )
    seqs = [integer(row[1]) for row in rows if row[0] not in muted]
    return max(seqs, default=None)


def old_seq(tx: Tx, before_ms: int) -> int:
    """The newest seq below every body received at `before_ms` or later; 0 if there is none."""
    row = tx.one(
        "SELECT MAX(seq) FROM body WHERE seq < "
        "COALESCE((SELECT MIN(seq) FROM body WHERE received_at_ms >= ?), 9007199254740991)",
        (before_ms,),
    )
    assert row is not None
    return 0 if row[0] is None else integer(row[0])


def noted_old(tx: Tx) -> tuple[int, int]:
    """Up to which seq mail was found too old, and how many times in a row."""
    row = tx.one("SELECT seq, looks FROM mail_found_old WHERE id = 1")
    assert row is not None
    return integer(row[0]), integer(row[1])


def note_old(tx: Tx, seq: int, looks: int) -> None:
    tx.execute("UPDATE mail_found_old SET seq = ?, looks = ? WHERE id = 1", (seq, looks))


def store_own(
    tx: Tx, kind: EnvelopeKind, group_id: bytes, body: bytes | None, to: list[DeviceId], *, now_ms: int
) -> Delivery:
    """Put an envelope of the server itself (sender 0) in the mailboxes of `to`."""
    assert to
    seq = take_seqs(tx, 1)
    insert_bodies(tx, [(seq, kind, group_id, 0, 0, now_ms, body, len(to), Urgency.QUIET)])
    insert_mail(tx, [(device_id, seq, int(len(to) == 1)) for device_id in to])
    return Delivery(seq, encode_envelope(Envelope(seq, kind, group_id, 0, 0, now_ms, body)), to)


# --- mailbox: acknowledgement and numbers -------------------------------------------------------------


def progress(tx: Tx, device_id: DeviceId) -> tuple[int, int]:
    """The highest seq acknowledged and the highest number decided; zeros before the first of either."""
    row = tx.one("SELECT acked, highest_no FROM mailbox WHERE device_id = ?", (device_id,))
    return (0, 0) if row is None else (integer(row[0]), integer(row[1]))


def newest_waiting(tx: Tx, device_id: DeviceId) -> int:
    """The highest seq in the mailbox; 0 if it is empty."""
    row = tx.one("SELECT seq FROM mail WHERE device_id = ? ORDER BY seq DESC LIMIT 1", (device_id,))
    return 0 if row is None else integer(row[0])


def has_mailbox(tx: Tx, device_id: DeviceId) -> bool:
    return tx.one("SELECT 1 FROM mailbox WHERE device_id = ?", (device_id,)) is not None


def mailboxes(tx: Tx, accounts: Mapping[DeviceId, AccountId]) -> dict[DeviceId, Mailbox]:
    """The mailbox of each of these devices; one that has none gets an empty one, which is not stored."""
    found = {device_id: Mailbox(account_id) for device_id, account_id in accounts.items()}
    rows = tx.each(
        "SELECT device_id, acked, highest_no, accepted FROM mailbox WHERE device_id = ?", [(one,) for one in accounts]
    )
    for row in rows:
        device_id = DeviceId(integer(row[0]))
        accepted = int.from_bytes(octets(row[3]), "big")
        found[device_id] = Mailbox(accounts[device_id], integer(row[1]), integer(row[2]), accepted, stored=True)
    return found


def save_mailboxes(tx: Tx, mailboxes: Iterable[tuple[DeviceId, Mailbox]]) -> None:
    tx.executemany(
        "INSERT INTO mailbox (device_id, account_id, acked, highest_no, accepted) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (device_id) DO UPDATE SET "
        "acked = excluded.acked, highest_no = excluded.highest_no, accepted = excluded.accepted",
        [
            (device, one.account_id, one.acked, one.highest_no, one.accepted.to_bytes(WINDOW_BYTES, "big"))
            for device, one in mailboxes
        ],
    )


def erase_mailbox(tx: Tx, device_id: DeviceId) -> None:
    tx.execute("DELETE FROM mailbox WHERE device_id = ?", (device_id,))


# --- groups -----------------------------------------------------------------------------------------


def group(tx: Tx, group_id: bytes) -> Group | None:
    """The group with its roster; None if nobody created it or everybody left."""
    return groups(tx, [group_id])[group_id]


def groups(tx: Tx, group_ids: Sequence[bytes]) -> dict[bytes, Group | None]:
    """Each of these groups, or None."""
    found: dict[bytes, Group | None] = dict.fromkeys(group_ids)
    rows = tx.each(
        "SELECT g.group_id, g.epoch, g.accounts_peak, m.device_id, m.account_id "
        "FROM mls_group g JOIN member m ON m.group_id = g.group_id WHERE g.group_id = ?",
        [(one,) for one in group_ids],
    )
    for row in rows:
        group_id = octets(row[0])
        one = found[group_id]
        if one is None:
            one = found[group_id] = Group(GroupId(group_id), integer(row[1]), integer(row[2]))
        one.roster[DeviceId(integer(row[3]))] = AccountId(integer(row[4]))
    return found


def save_group(tx: Tx, group: Group, info: bytes, *, added: Sequence[DeviceId], removed: Sequence[DeviceId]) -> None:
    """Store the group after a commit; `added` and `removed` are what changed in its roster."""
    tx.execute(
        "INSERT INTO mls_group (group_id, epoch, accounts_peak) VALUES (?, ?, ?) ON CONFLICT (group_id) "
        "DO UPDATE SET epoch = excluded.epoch, accounts_peak = excluded.accounts_peak",
        (group.group_id, group.epoch, group.accounts_peak),
    )
    tx.execute(
        "INSERT INTO group_info (group_id, bytes) VALUES (?, ?) "
        "ON CONFLICT (group_id) DO UPDATE SET bytes = excluded.bytes",
        (group.group_id, info),
    )
    tx.executemany(
        "DELETE FROM member WHERE group_id = ? AND device_id = ?", [(group.group_id, one) for one in removed]
    )
    tx.executemany(
        "INSERT INTO member (group_id, device_id, account_id) VALUES (?, ?, ?)",
        [(group.group_id, one, group.roster[one]) for one in added],
    )


def group_info(tx: Tx, group_id: bytes) -> bytes | None:
    row = tx.one("SELECT bytes FROM group_info WHERE group_id = ?", (group_id,))
    return None if row is None else octets(row[0])


def share_group(tx: Tx, one: AccountId, other: AccountId) -> bool:
    """Whether both have a device in some group that is no chat of two."""
    row = tx.one(
        "SELECT 1 FROM member a JOIN member b ON b.group_id = a.group_id JOIN mls_group g ON g.group_id = a.group_id "
        "WHERE a.account_id = ? AND b.account_id = ? AND g.accounts_peak > 2 LIMIT 1",
        (one, other),
    )
    return row is not None


def groups_of_account(tx: Tx, account_id: AccountId, device_id: DeviceId) -> list[GroupSummary]:
    rows = tx.all(
        "SELECT g.group_id, g.epoch, MAX(CASE WHEN m.device_id = ? THEN 1 ELSE 0 END) "
        "FROM member m JOIN mls_group g ON g.group_id = m.group_id WHERE m.account_id = ? "
        "GROUP BY g.group_id, g.epoch ORDER BY g.group_id",
        (device_id, account_id),
    )
    return [GroupSummary(octets(row[0]), integer(row[1]), bool(row[2])) for row in rows]


def is_in_roster(tx: Tx, group_id: bytes, device_id: DeviceId) -> bool:
    row = tx.one("SELECT 1 FROM member WHERE group_id = ? AND device_id = ?", (group_id, device_id))
    return row is not None


def groups_of_device(tx: Tx, device_id: DeviceId) -> list[bytes]:
    return [octets(row[0]) for row in tx.all("SELECT group_id FROM member WHERE device_id = ?", (device_id,))]


def leave(tx: Tx, group_id: bytes, device_id: DeviceId) -> bool:
    """Take the device out of the roster; the group goes with its last device. False: it was not in it."""
    if not tx.execute("DELETE FROM member WHERE group_id = ? AND device_id = ?", (group_id, device_id)):
        return False
    if tx.one("SELECT 1 FROM member WHERE group_id = ? LIMIT 1", (group_id,)) is None:
        tx.execute("DELETE FROM group_info WHERE group_id = ?", (group_id,))
        tx.execute("DELETE FROM mls_group WHERE group_id = ?", (group_id,))
    return True


def integer(value: Value) -> int:
    assert isinstance(value, int)
    return value


def octets(value: Value) -> bytes:
    assert isinstance(value, bytes)
    return value
