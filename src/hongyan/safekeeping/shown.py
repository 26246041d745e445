"""What was done, as a sentence for a person or as JSON for a program."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from hongyan.foundation.language import Language, Text
from hongyan.safekeeping.backing_up import BackedUp
from hongyan.safekeeping.restoring import Restored

MIB: int = 1024 * 1024


def backed_up(done: BackedUp, language: Language | None) -> str:
    """`language` None: JSON."""
    if language is None:
        return json.dumps(asdict(done) | {"place": str(done.place)})
    whole, new = _mib(done.database_bytes + done.blob_bytes), _mib(done.new_bytes)
    lines = [
        Text(
            f"已备份并检查：{done.snapshot}，共 {whole}，其中新增 {new}，"
            f"{done.blobs} 个图片和文件，用时 {done.seconds:.1f} 秒。",
            f"已備份並檢查：{done.snapshot}，共 {whole}，其中新增 {new}，"
            f"{done.blobs} 個圖片和檔案，用時 {done.seconds:.1f} 秒。",
            f"Backed up and checked: {done.snapshot}, {whole} of which {new} are new, {done.blobs} pictures and files, "
            f"in {done.seconds:.1f} s.",
        ),
        Text(
            f"里面有服务器的密钥：请妥善保管 {done.place}。",
            f"裡面有伺服器的密鑰：請妥善保管 {done.place}。",
            f"The server's keys are in it: keep {done.place} safe.",
        ),
    ]
    if not done.swept:
        lines.append(
            Text(
                "有一份旧备份的清单读不出来，所以没有清理旧数据。请检查备份盘。",
                "有一份舊備份的清單讀不出來，所以沒有清理舊資料。請檢查備份碟。",
                "The list of an old backup cannot be read, so nothing old was cleared away. Check the backup disk.",
            )
        )
    return "\n".join(line.into(language) for line in lines)


def restored(done: Restored, data_dir: Path, language: Language | None) -> str:
    """`language` None: JSON."""
    if language is None:
        return json.dumps(asdict(done))
    at = datetime.fromtimestamp(done.at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    whole = _mib(done.database_bytes + done.blob_bytes)
    lines = [
        Text(
            f"已恢复到 {data_dir}：{at} 的服务器，共 {whole}，{done.blobs} 个图片和文件，用时 {done.seconds:.1f} 秒。",
            f"已還原到 {data_dir}：{at} 的伺服器，共 {whole}，{done.blobs} 個圖片和檔案，用時 {done.seconds:.1f} 秒。",
            f"Restored into {data_dir}: the server of {at}, {whole}, {done.blobs} pictures and files, in "
            f"{done.seconds:.1f} s.",
        ),
        Text(
            "请检查证书路径等设置，运行 hongyan doctor，再启动服务器。",
            "請檢查憑證路徑等設定，執行 hongyan doctor，再啟動伺服器。",
            "Check settings such as the paths of certificates, run hongyan doctor, then start the server.",
        ),
    ]
    if done.left_out:
        lines.append(
            Text(
                f"有 {done.left_out} 个损坏的图片或文件没有恢复。",
                f"有 {done.left_out} 個損壞的圖片或檔案沒有還原。",
                f"{done.left_out} damaged pictures or files were left out.",
            )
        )
    return "\n".join(line.into(language) for line in lines)


def _mib(count: int) -> str:
    return f"{count / MIB:.1f} MiB"
