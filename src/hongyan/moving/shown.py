"""How far a move is, and what it did: for a person, or as JSON for a program."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from hongyan.foundation.language import Language, Text
from hongyan.moving.mark import FOLDER, SQLITE
from hongyan.moving.model import Moved, Step, Told
from hongyan.settings import Settings

_STEPS = {
    Step.BLOBS: Text("图片和文件", "圖片和檔案", "pictures and files"),
    Step.ROWS: Text("数据库", "資料庫", "database"),
}


@contextmanager
def progress(language: Language | None) -> Iterator[Told]:
    """Bars on the terminal; nothing without one, or with `language` None."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=language is None or not console.is_terminal) as bars:
        shown: dict[Step, TaskID] = {}

        def told(step: Step, done: int, expected: int) -> None:
            if step not in shown:
                shown[step] = bars.add_task(_STEPS[step].into(language or Language.EN))
            bars.update(shown[step], completed=done, total=expected)

        yield told


def moved(done: Moved, new: Settings, language: Language | None) -> str:
    """`language` None: JSON."""
    if language is None:
        return json.dumps(asdict(done))
    return "\n".join(line.into(language) for line in (_what(done), _then(done, new), _OLD))


def _what(done: Moved) -> Text:
    mib = f"{done.blob_bytes / (1024 * 1024):.1f} MiB"
    parts = []
    if done.tables is not None:
        parts.append(
            Text(
                f"数据库 {done.tables} 张表、{done.rows} 行",
                f"資料庫 {done.tables} 張表、{done.rows} 列",
                f"{done.tables} tables with {done.rows} rows",
            )
        )
    if done.blobs is not None:
        parts.append(
            Text(
                f"{done.blobs} 个图片和文件（{mib}）",
                f"{done.blobs} 個圖片和檔案（{mib}）",
                f"{done.blobs} pictures and files ({mib})",
            )
        )
    hans, hant = "，".join(it.zh_hans for it in parts), "，".join(it.zh_hant for it in parts)
    english = " and ".join(it.en for it in parts)
    if done.only_compared:
        return Text(
            f"以前已经搬好，逐项核对，两边相同：{hans}，用时 {done.seconds:.1f} 秒。",
            f"以前已經搬好，逐項核對，兩邊相同：{hant}，用時 {done.seconds:.1f} 秒。",
            f"Moved before, and compared once more: {english} are the same on both sides, in {done.seconds:.1f} s.",
        )
    return Text(
        f"已搬好并逐项核对：{hans}，用时 {done.seconds:.1f} 秒。",
        f"已搬好並逐項核對：{hant}，用時 {done.seconds:.1f} 秒。",
        f"Moved and compared: {english}, in {done.seconds:.1f} s.",
    )


def _then(done: Moved, new: Settings) -> Text:
    """The settings to change; an address is shown without its password."""
    lines = []
    if done.tables is not None:
        lines.append(f'database = "{"" if done.database == SQLITE else done.database}"')
    if done.blobs is not None:
        lines.append(f'blobs = "{"" if done.blobs_place == FOLDER else new.blobs}"')
    wanted = "".join(f"\n  {line}" for line in lines)
    user = done.tables is not None and done.database != SQLITE
    return Text(
        "现在请在 hongyan.toml（或环境变量）里设置"
        + ("（地址里补上用户名和密码）" if user else "")
        + f"：{wanted}\n然后运行 hongyan doctor，再启动服务器。",
        "現在請在 hongyan.toml（或環境變數）裡設定"
        + ("（位址裡補上使用者名稱和密碼）" if user else "")
        + f"：{wanted}\n然後執行 hongyan doctor，再啟動伺服器。",
        "Now set in hongyan.toml, or in the environment"
        + (" (with user and password in the address)" if user else "")
        + f":{wanted}\nThen run hongyan doctor and start the server.",
    )


_OLD = Text(
    "原来的数据一点没有动。新的服务器确认正常以后，再自己删除它们；它们和新的服务器不能同时使用。",
    "原來的資料一點沒有動。新的伺服器確認正常以後，再自己刪除它們；它們和新的伺服器不能同時使用。",
    "The old data are untouched. Erase them yourself once the server runs well on the new ones; never run a server on "
    "both.",
)
