"""Each refusal's HTTP status and sentence [HT1]."""

from typing import TypeVar

from hongyan.foundation.language import Text
from hongyan.foundation.problems import Problem
from hongyan.media.model import Refusal, Refused

T = TypeVar("T")

_STATUS: dict[Refusal, int] = {
    Refusal.MALFORMED: 400,
    Refusal.TOO_LARGE: 413,
    Refusal.MEDIA_UNKNOWN: 404,
    Refusal.MEDIA_ID_TAKEN: 409,
    Refusal.NOT_IN_GROUP: 403,
    Refusal.TOO_MANY_TRIES: 429,
    Refusal.MEDIA_ACCOUNT_FULL: 409,
    Refusal.STORAGE_FULL: 503,
    Refusal.OFFSET_MISMATCH: 409,
    Refusal.BUSY: 503,
}
assert _STATUS.keys() == set(Refusal)

# The codes that are missing here are worded by foundation.
TEXTS: dict[str, Text] = {
    "media_unknown": Text(
        "这个文件已不在服务器上。可以请对方重新发送。",
        "這個檔案已不在伺服器上。可以請對方重新傳送。",
        "This file is no longer on the server. Ask for it to be sent again.",
    ),
    "media_id_taken": Text(
        "这个文件要重新准备。请再发送一次。",
        "這個檔案要重新準備。請再傳送一次。",
        "This file must be prepared anew. Send it again.",
    ),
    "not_in_group": Text(
        "你已不在这个聊天里，不能往里发送文件。",
        "你已不在這個聊天裡，不能往裡傳送檔案。",
        "You are not in this chat any more and cannot send files to it.",
    ),
    "media_account_full": Text(
        "你发出的文件里还有太多没被取走。等对方收下后再发。",
        "你傳出的檔案裡還有太多沒被取走。等對方收下後再傳。",
        "Too much of what you sent has not been fetched yet. Send more once it has arrived.",
    ),
    "offset_mismatch": Text(
        "上传没有接上。应用会从断开的地方继续。",
        "上傳沒有接上。應用程式會從斷開的地方繼續。",
        "The upload lost its place. The app goes on from where it stopped.",
    ),
    "range_not_satisfiable": Text(
        "文件没有这一段。",
        "檔案沒有這一段。",
        "The file has no such part.",
    ),
    "tus_version": Text(
        "上传方式的版本不对。请更新应用后再试。",
        "上傳方式的版本不對。請更新應用程式後再試。",
        "This way of uploading is not known here. Update the app and try again.",
    ),
}


def allowed(outcome: T | Refused) -> T:
    """The outcome, or the Problem that a refusal is on the wire."""
    if isinstance(outcome, Refused):
        raise Problem(
            outcome.why.value,
            status=_STATUS[outcome.why],
            retry_after_s=outcome.retry_after_s,
            headers=None if outcome.offset is None else {"upload-offset": str(outcome.offset)},
        )
    return outcome
