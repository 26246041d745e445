"""Devices that are to be added to a group, with the key packages claimed for them [DS8] [DS13]."""

from dataclasses import dataclass

from hongyan.sdk.identity.links import unpadded
from hongyan.sdk.mls import Unusable
from hongyan.sdk.mls.wire import key_package_device
from hongyan.sdk.net import wire
from hongyan.sdk.people import Directory
from hongyan.sdk.session import Session


@dataclass(frozen=True, slots=True)
class Newcomer:
    device_id: int
    account: int
    key_package: bytes
    signature_key: bytes


async def claim(session: Session, directory: Directory, group_id: bytes, accounts: list[int]) -> list[Newcomer]:
    """One package of each of their devices; only devices that the directory knows as theirs are returned."""
    if not accounts:
        return []
    body = {"account_ids": accounts, "group_id": group_id}
    answer = await session.http.ask("POST", "/key-packages/claim", wire.Claim, body)
    found = []
    for device in answer.devices:
        try:
            key = key_package_device(device.key_package)
        except Unusable:
            continue
        if key and device.device_id != session.device_id:
            found.append(Newcomer(device.device_id, device.account_id, device.key_package, key))
    await directory.learn([one.signature_key for one in found])
    return [one for one in found if _is_genuine(session, directory, group_id, one)]


def _is_genuine(session: Session, directory: Directory, group_id: bytes, newcomer: Newcomer) -> bool:
    known = directory.known(newcomer.signature_key)
    if known is None or (known.account, known.device_id) != (newcomer.account, newcomer.device_id):
        return False
    sql = "SELECT account_key FROM join_request WHERE group_id = ? AND account = ?"
    asked = session.store.one(sql, (group_id, newcomer.account))
    # Who asked by a code signed with her account key: another key that the server shows is somebody else's.
    return asked is None or asked.blob("account_key") == directory.account_key(newcomer.account)


def group_path(group_id: bytes) -> str:
    return f"/groups/{unpadded(group_id)}"
