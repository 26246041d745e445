"""Each refusal's HTTP status and sentence [HT1]."""

from typing import TypeVar

from hongyan.foundation.language import Text
from hongyan.foundation.problems import Problem
from hongyan.push.model import Refusal, Refused

T = TypeVar("T")

_STATUS: dict[Refusal, int] = {
    Refusal.PUSH_ENDPOINT_UNUSABLE: 400,
    Refusal.TOO_MANY_TRIES: 429,
    Refusal.PUSH_NOT_REGISTERED: 404,
}
assert _STATUS.keys() == set(Refusal)

# "too_many_tries" is worded by foundation.
TEXTS: dict[str, Text] = {
    "push_endpoint_unusable": Text(
        "服务器不能用这个浏览器的推送服务。打开鸿雁时仍会照常收到消息。",
        "伺服器不能用這個瀏覽器的推播服務。開啟鴻雁時仍會照常收到訊息。",
        "This server cannot use your browser's push service. Messages still arrive while Hongyan is open.",
    ),
    "push_not_registered": Text(
        "这台设备还没有打开新消息通知。请先打开。",
        "這台裝置還沒有開啟新訊息通知。請先開啟。",
        "Notifications are not switched on for this device. Switch them on first.",
    ),
}


def allowed(outcome: T | Refused) -> T:
    """The outcome, or the Problem that a refusal is on the wire."""
    if isinstance(outcome, Refused):
        raise Problem(outcome.why.value, status=_STATUS[outcome.why], retry_after_s=outcome.retry_after_s)
    return outcome
