"""Is the machine's clock right? Asked of the kernel and of what is stored, of no time server."""

import ctypes
from datetime import UTC, datetime

from hongyan.doctor.model import CLOCK_AHEAD_S, Finding, broken, good, unknown, warning
from hongyan.foundation.clock import Clock
from hongyan.foundation.language import Text

CHECK = "clock"

# adjtimex(2): room for struct timex, whose first field (what to set) stays 0; TIME_ERROR is "not synchronised".
_TIMEX_BYTES = 512
_TIME_ERROR = 5

_SET_IT = Text(
    "请打开自动对时：timedatectl set-ntp true，再运行一次 hongyan doctor。",
    "請開啟自動對時：timedatectl set-ntp true，再執行一次 hongyan doctor。",
    "Let it be set by itself: timedatectl set-ntp true, then run hongyan doctor again.",
)


def look(clock: Clock, *, latest_ms: int | None, is_set: bool | None) -> Finding:
    """`latest_ms` is the newest moment that the database knows; `is_set` what the kernel says of its clock."""
    now = datetime.fromtimestamp(clock.now_ms() / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    if latest_ms is not None and clock.now_ms() < latest_ms - CLOCK_AHEAD_S * 1000:
        then = datetime.fromtimestamp(latest_ms / 1000, UTC).strftime("%Y-%m-%d")
        return broken(
            CHECK,
            Text(
                f"时钟慢了：现在显示 {now}，而数据里已有 {then} 的记录。",
                f"時鐘慢了：現在顯示 {now}，而資料裡已有 {then} 的記錄。",
                f"The clock is behind: it shows {now}, but there are records of {then}.",
            ),
            _SET_IT,
        )
    if is_set is None:
        return unknown(
            CHECK,
            Text(
                f"时钟显示 {now}；无法知道它是否自动对时。",
                f"時鐘顯示 {now}；無法知道它是否自動對時。",
                f"The clock shows {now}; whether it is kept right cannot be told here.",
            ),
            Text("请和手机上的时间比一比。", "請和手機上的時間比一比。", "Compare it with a telephone."),
        )
    if not is_set:
        return warning(
            CHECK,
            Text(
                f"时钟没有自动对时，现在显示 {now}。",
                f"時鐘沒有自動對時，現在顯示 {now}。",
                f"Nothing keeps the clock right; it shows {now}.",
            ),
            _SET_IT,
        )
    return good(
        CHECK,
        Text(f"时钟已自动对时：{now}。", f"時鐘已自動對時：{now}。", f"The clock is kept right: {now}."),
    )


def is_set_by_itself() -> bool | None:
    """What the kernel says; None where it may not be asked."""
    try:
        adjtimex = ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return None
    state = int(adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)))
    return None if state < 0 else state != _TIME_ERROR
