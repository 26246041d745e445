"""The only SQL of gifts."""

from collections.abc import Iterable, Sequence

from hongyan.foundation.db import Row, Tx
from hongyan.foundation.ids import AccountId
from hongyan.wallet.gifts.model import Packet, PacketKind, Share

_PACKET = (
    "SELECT id, sender, asset, kind, total, shares, secret_hash, salt, commitment, made_at_ms, expires_at_ms, taken, "
    "ended_at_ms FROM packet "
)
_SHARE = "SELECT place, amount, taker, taken_at_ms FROM packet_share "


def put_packet(tx: Tx, packet: Packet, amounts: Sequence[int]) -> None:
    tx.execute(
        "INSERT INTO packet (id, sender, asset, kind, total, shares, secret_hash, salt, commitment, made_at_ms, "
        "expires_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            packet.id,
            packet.sender,
            packet.asset,
            int(packet.kind),
            packet.total,
            packet.shares,
            packet.secret_hash,
            packet.salt,
            packet.commitment,
            packet.made_at_ms,
            packet.expires_at_ms,
        ),
    )
    tx.executemany(
        "INSERT INTO packet_share (packet_id, place, amount) VALUES (?, ?, ?)",
        [(packet.id, place, amount) for place, amount in enumerate(amounts)],
    )


def packets(tx: Tx, ids: Iterable[bytes]) -> dict[bytes, Packet]:
    """Those of the packets that there are."""
    return {one.id: one for one in map(_packet, tx.among(_PACKET + "WHERE id = ?", ids))}


def packet(tx: Tx, packet_id: bytes) -> Packet | None:
    return packets(tx, [packet_id]).get(packet_id)


def expired_packets(tx: Tx, now_ms: int, limit: int) -> list[Packet]:
    sql = _PACKET + "WHERE ended_at_ms IS NULL AND expires_at_ms <= ? ORDER BY expires_at_ms, id LIMIT ?"
    return [_packet(row) for row in tx.all(sql, (now_ms, limit))]


def shares(tx: Tx, packet_id: bytes) -> list[Share]:
    return [_share(row) for row in tx.all(_SHARE + "WHERE packet_id = ? ORDER BY place", (packet_id,))]


def put_takers(tx: Tx, packet_id: bytes, taken: Sequence[Share]) -> None:
    """Note who took these shares, which are the next ones in their order."""
    tx.executemany(
        "UPDATE packet_share SET taker = ?, taken_at_ms = ? WHERE packet_id = ? AND place = ?",
        [(share.taker, share.taken_at_ms, packet_id, share.place) for share in taken],
    )
    tx.execute("UPDATE packet SET taken = ? WHERE id = ?", (taken[-1].place + 1, packet_id))


def set_ended(tx: Tx, packet_id: bytes, *, now_ms: int) -> None:
    tx.execute("UPDATE packet SET ended_at_ms = ? WHERE id = ?", (now_ms, packet_id))


def _packet(row: Row) -> Packet:
    id_, sender, asset, kind, total, count, secret_hash, salt, bound, made, expires, taken, ended = row
    return Packet(
        _bytes(id_),
        AccountId(_int(sender)),
        str(asset),
        PacketKind(_int(kind)),
        _int(total),
        _int(count),
        _bytes(secret_hash),
        _bytes(salt),
        _bytes(bound),
        _int(made),
        _int(expires),
        _int(taken),
        None if ended is None else _int(ended),
    )


def _share(row: Row) -> Share:
    place, amount, taker, at_ms = row
    return Share(
        _int(place),
        _int(amount),
        None if taker is None else AccountId(_int(taker)),
        None if at_ms is None else _int(at_ms),
    )


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value


def _bytes(value: object) -> bytes:
    assert isinstance(value, bytes)
    return value
