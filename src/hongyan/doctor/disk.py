"""The disk under the data folder: of what kind, how full, writable by its owner only, and honest about fsync."""

import os
import pwd
import statistics
from dataclasses import dataclass
from pathlib import Path

from hongyan.doctor.model import (
    DISK_FREE_SHARE_MIN,
    FSYNC_IMPOSSIBLE_S,
    FSYNC_SLOW_S,
    FSYNC_TRIES,
    INODES_FREE_SHARE_MIN,
    MIB,
    Finding,
    broken,
    good,
    warning,
)
from hongyan.foundation.clock import Clock
from hongyan.foundation.language import Text

PROBE_NAME = ".doctor-probe"
_REMOTE = {"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "afs", "ceph"}
_IN_MEMORY = {"tmpfs", "ramfs"}
_DISHONEST = {"nobarrier", "barrier=0", "nobh"}


@dataclass(frozen=True, slots=True)
class Mount:
    """The file system that holds a folder."""

    kind: str
    options: frozenset[str]


def mount_of(folder: Path, mountinfo: str) -> Mount | None:
    """The mount of `folder` by the text of /proc/self/mountinfo; None if it names none."""
    best: tuple[int, Mount] | None = None
    place = folder.resolve()
    for line in mountinfo.splitlines():
        head, dash, tail = line.partition(" - ")
        fields, source = head.split(), tail.split()
        if not dash or len(fields) < 6 or len(source) < 2:
            continue
        point = Path(fields[4].encode().decode("unicode_escape"))
        if place.is_relative_to(point) and (best is None or len(point.parts) >= best[0]):
            options = frozenset((fields[5] + "," + (source[2] if len(source) > 2 else "")).split(","))
            best = (len(point.parts), Mount(source[0], options))
    return best[1] if best else None


def look_at_folder(folder: Path) -> Finding:
    """Is it there, the operator's alone, and can it be written?"""
    check = "data_folder"
    try:
        owner, mode = folder.stat().st_uid, folder.stat().st_mode
        probe = folder / PROBE_NAME
        try:
            probe.write_bytes(b"written by hongyan doctor\n")
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror
        return broken(
            check,
            Text(
                f"不能写入数据文件夹 {folder}（{reason}）。",
                f"不能寫入資料夾 {folder}（{reason}）。",
                f"The data folder {folder} cannot be written ({reason}).",
            ),
            Text(
                "请用运行服务器的那个用户来运行本命令，或用 --data-dir 指定正确的文件夹，并检查磁盘是否变成只读。",
                "請用執行伺服器的那個使用者來執行本命令，或用 --data-dir 指定正確的資料夾，並檢查磁碟是否變成唯讀。",
                "Run this as the user that runs the server, name the right folder with --data-dir, and see whether the "
                "disk has become read-only.",
            ),
        )
    if owner != os.geteuid():
        return warning(
            check,
            Text(
                f"数据文件夹 {folder} 属于另一个用户（{_name_of(owner)}）。",
                f"資料夾 {folder} 屬於另一個使用者（{_name_of(owner)}）。",
                f"The data folder {folder} belongs to another user ({_name_of(owner)}).",
            ),
            Text(
                f"请以那个用户运行：sudo -u {_name_of(owner)} hongyan doctor",
                f"請以那個使用者執行：sudo -u {_name_of(owner)} hongyan doctor",
                f"Run it as that user: sudo -u {_name_of(owner)} hongyan doctor",
            ),
        )
    if mode & 0o077:
        return warning(
            check,
            Text(
                f"这台机器上的其他用户也能进入数据文件夹 {folder}。",
                f"這台機器上的其他使用者也能進入資料夾 {folder}。",
                f"Other users of this machine can enter the data folder {folder}.",
            ),
            Text(f"请运行：chmod 700 {folder}", f"請執行：chmod 700 {folder}", f"Run: chmod 700 {folder}"),
        )
    return good(
        check,
        Text(
            f"数据文件夹 {folder} 可以写入，别人进不去。",
            f"資料夾 {folder} 可以寫入，別人進不去。",
            f"The data folder {folder} can be written, and by nobody else.",
        ),
    )


def _name_of(user_id: int) -> str:
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return f"#{user_id}"


def look_at_room(folder: Path, *, reserve_bytes: int) -> Finding:
    """Is there room for messages, and for the pictures that come after them?"""
    check = "disk_room"
    disk = os.statvfs(folder)
    free, whole = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
    shown = f"{free / MIB / 1024:.1f} GiB"
    inodes_short = disk.f_files > 0 and disk.f_favail < disk.f_files * INODES_FREE_SHARE_MIN
    advice = Text(
        "请删掉不需要的文件，或换更大的磁盘；hongyan settings 里的 limits.* 可以限制图片和备份占用的空间。",
        "請刪掉不需要的檔案，或換更大的磁碟；hongyan settings 裡的 limits.* 可以限制圖片和備份佔用的空間。",
        "Remove what is not needed or use a larger disk; limits.* in hongyan settings bound what pictures and backups "
        "may take.",
    )
    if free <= reserve_bytes:
        return broken(
            check,
            Text(
                f"磁盘只剩 {shown}，图片和文件已经不能上传，快要连消息也存不下了。",
                f"磁碟只剩 {shown}，圖片和檔案已經不能上傳，快要連訊息也存不下了。",
                f"Only {shown} of disk are left: pictures are refused already, and messages soon will be.",
            ),
            advice,
        )
    if free < whole * DISK_FREE_SHARE_MIN or inodes_short:
        return warning(
            check,
            Text(
                f"磁盘快满了，还剩 {shown}。",
                f"磁碟快滿了，還剩 {shown}。",
                f"The disk is nearly full: {shown} are left.",
            ),
            advice,
        )
    return good(check, Text(f"磁盘还剩 {shown}。", f"磁碟還剩 {shown}。", f"{shown} of disk are free."))


def look_at_kind(mount: Mount | None) -> Finding | None:
    """A disk on which nothing may be kept, or that was told to lie; None if there is nothing to say."""
    check = "disk_kind"
    if mount is None:
        return None
    move = Text(
        "请把数据文件夹搬到这台机器自己的磁盘上（停止服务器后再搬）。",
        "請把資料夾搬到這台機器自己的磁碟上（停止伺服器後再搬）。",
        "Move the data folder to a disk of this machine (stop the server first).",
    )
    if mount.kind in _IN_MEMORY:
        return broken(
            check,
            Text(
                f"数据文件夹在内存里（{mount.kind}），重启后全部消失。",
                f"資料夾在記憶體裡（{mount.kind}），重新開機後全部消失。",
                f"The data folder is in memory ({mount.kind}): a restart of the machine loses all of it.",
            ),
            move,
        )
    if mount.kind in _REMOTE:
        return broken(
            check,
            Text(
                f"数据文件夹在网络磁盘上（{mount.kind}），SQLite 在那里会损坏。",
                f"資料夾在網路磁碟上（{mount.kind}），SQLite 在那裡會損壞。",
                f"The data folder is on a network disk ({mount.kind}), where SQLite breaks.",
            ),
            move,
        )
    lying = sorted(mount.options & _DISHONEST)
    if lying:
        return broken(
            check,
            Text(
                f"磁盘的挂载选项 {lying[0]} 会让断电丢失已确认的消息。",
                f"磁碟的掛載選項 {lying[0]} 會讓斷電遺失已確認的訊息。",
                f"The disk is mounted with {lying[0]}: a power cut would lose acknowledged messages.",
            ),
            Text(
                f"请从 /etc/fstab 里去掉 {lying[0]}，然后重启机器。",
                f"請從 /etc/fstab 裡去掉 {lying[0]}，然後重新開機。",
                f"Take {lying[0]} out of /etc/fstab and restart the machine.",
            ),
        )
    return None


def time_fsyncs(folder: Path, clock: Clock) -> list[float]:
    """Seconds of each of FSYNC_TRIES pages appended and flushed. Raises OSError."""
    probe, times = folder / PROBE_NAME, []
    with probe.open("wb", buffering=0) as file:
        try:
            for _ in range(FSYNC_TRIES):
                started_s = clock.monotonic_s()
                file.write(bytes(4096))
                os.fsync(file.fileno())
                times.append(clock.monotonic_s() - started_s)
        finally:
            probe.unlink()
    return times


def judge_fsyncs(times_s: list[float], *, preloaded: str) -> Finding:
    """Is "stored" true, and soon? `preloaded` are the libraries put before the system's own (LD_PRELOAD)."""
    check = "fsync"
    middle_s, worst_s = statistics.median(times_s), max(times_s)
    shown = f"{middle_s * 1000:.2f} ms"
    if "eatmydata" in preloaded or middle_s < FSYNC_IMPOSSIBLE_S:
        return broken(
            check,
            Text(
                f"磁盘谎称已写入（{shown}，没有磁盘能这么快）：断电会丢失已确认的消息。",
                f"磁碟謊稱已寫入（{shown}，沒有磁碟能這麼快）：斷電會遺失已確認的訊息。",
                f"The disk says “stored” before it is ({shown}; none is that fast): a power cut would lose "
                "acknowledged messages.",
            ),
            Text(
                "请去掉 eatmydata 之类的程序，在虚拟机里把磁盘缓存从 unsafe 改为 none 或 writethrough。",
                "請去掉 eatmydata 之類的程式，在虛擬機裡把磁碟快取從 unsafe 改為 none 或 writethrough。",
                "Remove programs like eatmydata; in a virtual machine set the disk's cache from unsafe to none or "
                "writethrough.",
            ),
        )
    if middle_s > FSYNC_SLOW_S:
        return warning(
            check,
            Text(
                f"磁盘很慢：写实一次通常要 {shown}，最慢 {worst_s * 1000:.0f} ms，大家发消息时会感到卡。",
                f"磁碟很慢：寫實一次通常要 {shown}，最慢 {worst_s * 1000:.0f} ms，大家傳訊息時會感到卡。",
                f"The disk is slow: storing takes {shown}, at worst {worst_s * 1000:.0f} ms, and people feel it.",
            ),
            Text(
                "请看看是否有别的程序占用磁盘，或把数据文件夹搬到固态硬盘上。",
                "請看看是否有別的程式佔用磁碟，或把資料夾搬到固態硬碟上。",
                "See whether another program keeps the disk busy, or move the data folder to a solid-state disk.",
            ),
        )
    return good(
        check,
        Text(
            f"磁盘写实一次通常 {shown}，最慢 {worst_s * 1000:.1f} ms。",
            f"磁碟寫實一次通常 {shown}，最慢 {worst_s * 1000:.1f} ms。",
            f"Storing takes the disk {shown}, at worst {worst_s * 1000:.1f} ms.",
        ),
    )
