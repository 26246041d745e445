"""Each refusal's HTTP status and sentence [HT1]."""

from typing import TypeVar

from hongyan.contacts.model import Refusal, Refused
from hongyan.foundation.language import Text
from hongyan.foundation.problems import Problem

T = TypeVar("T")

_STATUS: dict[Refusal, int] = {
    Refusal.PERSON_UNKNOWN: 404,
    Refusal.TOO_MANY_TRIES: 429,
    Refusal.CONTACTS_FULL: 409,
    Refusal.REQUEST_UNKNOWN: 404,
}
assert _STATUS.keys() == set(Refusal)

# "too_many_tries" is worded by foundation, "person_unknown" by accounts.
TEXTS: dict[str, Text] = {
    "contacts_full": Text(
        "通讯录已满，最多 5000 位。请先删除不再联系的人。",
        "通訊錄已滿，最多 5000 位。請先刪除不再聯絡的人。",
        "A contact list holds 5,000 people and this one is full. Remove somebody first.",
    ),
    "request_unknown": Text(
        "这个好友申请已经失效。请让对方重新申请。",
        "這個好友申請已經失效。請對方重新申請。",
        "This friend request is no longer there. Ask the person to send it again.",
    ),
}


def allowed(outcome: T | Refused) -> T:
    """The outcome, or the Problem that a refusal is on the wire."""
    if isinstance(outcome, Refused):
        raise Problem(outcome.why.value, status=_STATUS[outcome.why], retry_after_s=outcome.retry_after_s)
    return outcome
