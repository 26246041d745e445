"""Each refusal's HTTP status and sentence [HT1]."""

from typing import TypeVar

from hongyan.backup.model import Refusal, Refused
from hongyan.foundation.language import Text
from hongyan.foundation.problems import Problem

T = TypeVar("T")

_STATUS: dict[Refusal, int] = {
    Refusal.TOO_MANY_TRIES: 429,
    Refusal.WRONG_PIN: 403,
    Refusal.VAULT_GONE: 410,
    Refusal.BACKUP_FULL: 507,
    Refusal.SEGMENT_DAMAGED: 400,
    Refusal.SEGMENT_UNKNOWN: 404,
    Refusal.BACKUP_MOVED: 409,
    Refusal.RECOVERY_UNKNOWN: 404,
    Refusal.BAD_PROOF: 403,
}
assert _STATUS.keys() == set(Refusal)

# "too_many_tries" is worded by foundation.
TEXTS: dict[str, Text] = {
    "wrong_pin": Text(
        "名字或找回密码不对，请再试一次。连续错 10 次就要等一段时间，错 15 次后只能请朋友帮忙找回。",
        "名字或找回密碼不對，請再試一次。連續錯 10 次就要等一段時間，錯 15 次後只能請朋友幫忙找回。",
        "The name or the PIN is wrong. After 10 wrong tries in a row you have to wait; after 15 only your friends "
        "can help you back.",
    ),
    "vault_gone": Text(
        "找回密码错了太多次，已经不能再用。请让两位朋友帮你找回，或用密码登录。",
        "找回密碼錯了太多次，已經不能再用。請兩位朋友幫你找回，或用密碼登入。",
        "The PIN was wrong too often and no longer works. Ask two friends to help you back, or use your password.",
    ),
    "backup_full": Text(
        "备份空间用完了。请先清理一些聊天里的大文件，或把备份存成文件。",
        "備份空間用完了。請先清理一些聊天裡的大檔案，或把備份存成檔案。",
        "Your backup has reached its largest size. Clear large files from your chats, or save the backup as a file.",
    ),
    "segment_damaged": Text(
        "备份在路上损坏了，会自动重传。",
        "備份在路上損壞了，會自動重傳。",
        "Part of the backup was damaged on its way and will be sent again.",
    ),
    "segment_unknown": Text(
        "备份缺了一部分，应用会重新备份。",
        "備份缺了一部分，應用程式會重新備份。",
        "Part of the backup is missing. The app will make it anew.",
    ),
    "backup_moved": Text(
        "另一台设备刚刚做了备份。",
        "另一台裝置剛剛做了備份。",
        "Another device has just made a backup.",
    ),
    "recovery_unknown": Text(
        "这次找回已经失效或被取消。请在新设备上重新开始。",
        "這次找回已經失效或被取消。請在新裝置上重新開始。",
        "This request has ended or was cancelled. Start again on the new device.",
    ),
    "bad_proof": Text(
        "这份备份不属于这个账号。请核对名字和备份文件。",
        "這份備份不屬於這個帳號。請核對名字和備份檔案。",
        "This backup is not of that account. Check the name and the file.",
    ),
}


def allowed(outcome: T | Refused) -> T:
    """The outcome, or the Problem that a refusal is on the wire."""
    if isinstance(outcome, Refused):
        raise Problem(outcome.why.value, status=_STATUS[outcome.why], retry_after_s=outcome.retry_after_s)
    return outcome
