"""Is there a backup, how old is the newest, and can it be found?"""

from datetime import UTC, datetime
from pathlib import Path

from hongyan.doctor.model import BACKUP_OLD_S, BACKUP_VERY_OLD_S, DAY_S, Finding, broken, good, warning
from hongyan.foundation.clock import Clock
from hongyan.foundation.language import Text
from hongyan.safekeeping import Place, Record

CHECK = "backup"

_MAKE_ONE = Text(
    "请接好备份盘，运行 hongyan backup，并让它每天自动运行（deploy/hongyan-backup.timer）。",
    "請接好備份碟，執行 hongyan backup，並讓它每天自動執行（deploy/hongyan-backup.timer）。",
    "Attach the backup disk, run hongyan backup, and let it run by itself each day (deploy/hongyan-backup.timer).",
)


def look(record: Record | None, clock: Clock) -> Finding:
    """`record` is what the data folder remembers; None if no backup was ever made."""
    if record is None:
        text = Text(
            "还没有备份：磁盘坏了，所有账号都会丢失。",
            "還沒有備份：磁碟壞了，所有帳號都會遺失。",
            "There is no backup: if the disk breaks, all accounts are lost.",
        )
        return warning(CHECK, text, _MAKE_ONE)
    age_s = max(0, clock.now_ms() - record.at_ms) / 1000
    shown = datetime.fromtimestamp(record.at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    if age_s > BACKUP_OLD_S:
        days = int(age_s // DAY_S)
        text = Text(
            f"最近一次备份已是 {days} 天前（{shown}）。",
            f"最近一次備份已是 {days} 天前（{shown}）。",
            f"The newest backup is {days} days old ({shown}).",
        )
        return (broken if age_s > BACKUP_VERY_OLD_S else warning)(CHECK, text, _MAKE_ONE)
    if not _is_found(record):
        return warning(
            CHECK,
            Text(
                f"最近一次备份是 {shown}，但现在在 {record.place} 里找不到它。",
                f"最近一次備份是 {shown}，但現在在 {record.place} 裡找不到它。",
                f"The newest backup is of {shown}, but it is not to be found in {record.place} now.",
            ),
            Text(
                "如果备份盘只是没有接上，就没有问题；否则请再备份一次。",
                "如果備份碟只是沒有接上，就沒有問題；否則請再備份一次。",
                "All is well if the disk is just not attached; else make another.",
            ),
        )
    return good(
        CHECK,
        Text(
            f"最近一次备份：{shown}，在 {record.place}。",
            f"最近一次備份：{shown}，在 {record.place}。",
            f"The newest backup is of {shown}, in {record.place}.",
        ),
    )


def _is_found(record: Record) -> bool:
    place = Place(Path(record.place))
    try:
        return place.is_there and record.snapshot in place.snapshots()
    except OSError:
        return False
