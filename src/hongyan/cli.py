"""The command line: `serve`, `invite`, `doctor`, `backup`, `restore`, `migrate`, `ledger`, `settings`, `openapi`,
`version`; the SDK's `chat`, `send`, `export`.

Everything an operator reads is in the language she set, else in that of her terminal; a failure is a sentence and
an exit code.
"""

import asyncio
import os
import re
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App as Commands
from cyclopts import Parameter

from hongyan import __version__
from hongyan.foundation.language import Language, Text, language_of_tag

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import ModuleType

    from hongyan.app import App
    from hongyan.settings import Loaded

EXIT_CANNOT_START = 1
EXIT_BAD_SETTINGS = 2
WELCOME_FILE_NAME = "welcome.html"

commands = Commands(
    name="hongyan",
    version=__version__,
    help="鸿雁 Hongyan: your community's own messenger. 您的社区自己的聊天服务器。",
    help_format="plaintext",
)

Spoken = Annotated[
    Literal["zh-Hans", "zh-Hant", "en"] | None,
    Parameter(help="用什么语言 · language: zh-Hans, zh-Hant, en"),
]
AsJson = Annotated[bool, Parameter(name="--json", help="输出 JSON · print JSON", negative=())]
DataDir = Annotated[Path | None, Parameter(help="数据文件夹 · folder of all data")]


def main() -> None:
    """The `hongyan` command."""
    from hongyan.foundation.starting import CannotStart
    from hongyan.settings import SettingsError

    try:
        commands()
    except SettingsError as error:
        say(error.text, error=True)
        sys.exit(EXIT_BAD_SETTINGS)
    except CannotStart as error:
        say(error.text, error=True)
        sys.exit(EXIT_CANNOT_START)


@commands.command
def serve(
    *,
    data_dir: DataDir = None,
    host: Annotated[str | None, Parameter(help="监听的地址 · address to listen on")] = None,
    port: Annotated[int | None, Parameter(help="监听的端口 · port to listen on")] = None,
) -> None:
    """启动服务器，直到按下 Ctrl+C · Run the server until Ctrl+C."""
    import uvloop

    uvloop.run(_serve(_load(data_dir, _given(host=host, port=port))))


@commands.command
def invite(
    *,
    data_dir: DataDir = None,
    uses: Annotated[int, Parameter(help="可用次数 · how many people may use it")] = 1,
    days: Annotated[int, Parameter(help="有效天数 · for how many days")] = 7,
    care_mode: Annotated[bool, Parameter(help="为老人打开关怀模式 · large layout for the elderly")] = False,
) -> None:
    """生成一个邀请链接和二维码 · Make an invitation link and its QR code."""
    if not 1 <= uses <= 100 or not 1 <= days <= 30:
        say(
            Text(
                "次数应为 1 到 100，天数应为 1 到 30。",
                "次數應為 1 到 100，天數應為 1 到 30。",
                "Uses must be 1 to 100 and days 1 to 30.",
            ),
            error=True,
        )
        sys.exit(EXIT_BAD_SETTINGS)
    asyncio.run(_invite(_load(data_dir), uses=uses, days=days, care_mode=care_mode))


@commands.command
def settings(*, data_dir: DataDir = None) -> None:
    """列出所有设置、当前值和来源 · List every setting, its value and where it comes from."""
    from rich.console import Console
    from rich.table import Table

    loaded = _load(data_dir)
    table = Table(box=None, pad_edge=False)
    for heading in _HEADINGS:
        table.add_column(heading.into(spoken()), overflow="fold")
    for line in loaded.lines:
        value = "" if line.value in (None, "") else _PASSWORD.sub("://…@", str(line.value))
        table.add_row(line.name, value, Path(line.source).name or "—", line.text.into(spoken()))
    Console(width=None if sys.stdout.isatty() else 160).print(table)


@commands.command
def doctor(
    *,
    data_dir: DataDir = None,
    port: Annotated[int | None, Parameter(help="启动时给出的端口 · the port it was started with")] = None,
    language: Spoken = None,
    as_json: AsJson = False,
) -> None:
    """检查服务器，说明问题和办法 · Look at the server: what is wrong, and what to do."""
    from hongyan import operating

    loaded = _load(data_dir, _given(language=language, port=port))
    sys.exit(asyncio.run(operating.examine(loaded.settings, spoken(), as_json=as_json)))


@commands.command
def alive(*, data_dir: DataDir = None, port: Annotated[int | None, Parameter(help="端口 · port")] = None) -> None:
    """服务器有回答就安静退出（容器用） · Exit with 0 if the server answers, for containers."""
    from hongyan.doctor import answers

    sys.exit(0 if answers(_load(data_dir, _given(port=port)).settings) else 1)


@commands.command
def backup(
    place: Annotated[Path | None, Parameter(help="放备份的文件夹 · folder of the backups")] = None,
    *,
    data_dir: DataDir = None,
    new_place: Annotated[bool, Parameter(help="这是一块新的备份盘 · this is a new disk", negative=())] = False,
    language: Spoken = None,
    as_json: AsJson = False,
) -> None:
    """备份整台服务器，不用停机 · Back up the whole server while it runs."""
    from hongyan import operating

    loaded = _load(data_dir, _given(language=language))
    asyncio.run(operating.back_up(loaded.settings, None if as_json else spoken(), place, new_place=new_place))


@commands.command
def restore(
    place: Annotated[Path, Parameter(help="放备份的文件夹 · folder of the backups")],
    *,
    data_dir: DataDir = None,
    snapshot: Annotated[str | None, Parameter(help="哪一份；不写则最新 · which; else the newest")] = None,
    leave_out_damaged: Annotated[
        bool, Parameter(help="舍弃损坏的图片和文件 · do without damaged pictures and files", negative=())
    ] = False,
    listed: Annotated[bool, Parameter(name="--list", help="只列出备份 · only list the backups", negative=())] = False,
    language: Spoken = None,
    as_json: AsJson = False,
) -> None:
    """把备份恢复到空文件夹 · Bring a backup back into an empty folder."""
    from hongyan import operating

    loaded = _load(data_dir, _given(language=language))
    if listed:
        operating.list_backups(place)
        return
    shown_in = None if as_json else spoken()
    asyncio.run(
        operating.restore(
            loaded.settings.data_dir, shown_in, place, snapshot=snapshot, leave_out_damaged=leave_out_damaged
        )
    )


@commands.command
def migrate(
    *,
    database: Annotated[
        str | None, Parameter(help="新的数据库：postgresql:// 网址，或 sqlite · the new database's address, or sqlite")
    ] = None,
    blobs: Annotated[
        str | None, Parameter(help="新的图片存放处：s3:// 网址，或 folder · where pictures go: s3://…, or folder")
    ] = None,
    data_dir: DataDir = None,
    language: Spoken = None,
    as_json: AsJson = False,
) -> None:
    """停机搬家：换数据库或图片存放处，原数据不动 · Move a stopped server to other engines; the old data stay."""
    from hongyan import operating

    old = _load(data_dir, _given(language=language)).settings
    places = _given(
        database="" if database == "sqlite" else database, blobs="" if blobs == "folder" else blobs, language=language
    )
    new = _load(data_dir, places).settings
    asyncio.run(operating.migrate(old, new, None if as_json else spoken()))


ledger = Commands(name="ledger", help="钱包的账本 · The wallet's ledger", help_format="plaintext")
commands.command(ledger)


@ledger.command
def verify(*, data_dir: DataDir = None, language: Spoken = None, as_json: AsJson = False) -> None:
    """从头核对账本，不用停机 · Replay the whole ledger while the server runs: what is wrong, and where."""
    from hongyan import operating

    loaded = _load(data_dir, _given(language=language))
    sys.exit(asyncio.run(operating.verify_ledger(loaded.settings, spoken(), as_json=as_json)))


@ledger.command
def new_key(*, data_dir: DataDir = None, language: Spoken = None) -> None:
    """旧的签名密钥丢了：改用新的 · The old key is lost: sign the books with a new one."""
    from hongyan import operating

    loaded = _load(data_dir, _given(language=language))
    asyncio.run(operating.sign_with_new_key(loaded.settings, spoken()))


@commands.command
def openapi() -> None:
    """打印 HTTP 接口的 OpenAPI 3.1 文档 · Print the OpenAPI 3.1 document of the HTTP API."""
    from hongyan.app import openapi_document

    sys.stdout.write(openapi_document())


@commands.command
def version() -> None:
    """打印版本号 · Print the version."""
    sys.stdout.write(f"{__version__}\n")


State = Annotated[Path | None, Parameter(help="聊天状态的文件夹 · folder of the chat's state")]
Locked = Annotated[bool, Parameter(help="用密码锁住（HONGYAN_PASSPHRASE，或者询问） · locked with a passphrase")]
Invited = Annotated[str | None, Parameter(help="第一次用：邀请链接 · the first time: an invitation link")]
Named = Annotated[str | None, Parameter(help="第一次用：名字 · the first time: a name")]


@commands.command
def chat(
    to: Annotated[str | None, Parameter(help="跟谁聊 · with whom")] = None,
    /,
    *,
    state: State = None,
    passphrase: Locked = False,
    link: Invited = None,
    name: Named = None,
) -> None:
    """在终端里聊天 · Talk in the terminal."""
    _with_sdk(lambda sdk: sdk.chat(sdk.client_at(state, passphrase=passphrase), to, link=link, name=name))


@commands.command
def send(
    to: Annotated[str, Parameter(help="发给谁 · to whom")],
    text: Annotated[
        str | None, Parameter(help="内容；- 表示从管道读 · what; - reads it from a pipe", allow_leading_hyphen=True)
    ] = None,
    /,
    *,
    file: Annotated[list[Path] | None, Parameter(help="文件，可以多个 · a file, more than once if need be")] = None,
    state: State = None,
    passphrase: Locked = False,
    link: Invited = None,
    name: Named = None,
) -> None:
    """发一条消息或文件，服务器收到后返回 · Send a message or file; returns once the server has it."""
    _with_sdk(
        lambda sdk: sdk.send(
            sdk.client_at(state, passphrase=passphrase), to, text, files=file or [], link=link, name=name
        )
    )


@commands.command
def export(
    folder: Annotated[Path, Parameter(help="新文件夹 · a new folder")],
    /,
    *,
    state: State = None,
    passphrase: Locked = False,
) -> None:
    """把聊天导出成文件 · Write all chats to files."""
    _with_sdk(lambda sdk: sdk.export(sdk.client_at(state, passphrase=passphrase), folder))


def _with_sdk(run: "Callable[[ModuleType], Coroutine[object, object, int]]") -> None:
    """Runs a command of the SDK; its troubles are sentences."""
    try:
        from hongyan.sdk import terminal
    except ImportError:
        say(
            Text(
                "聊天命令需要 SDK：pip install hongyan[sdk]",
                "聊天命令需要 SDK：pip install hongyan[sdk]",
                "The chat commands need the SDK: pip install hongyan[sdk]",
            ),
            error=True,
        )
        sys.exit(EXIT_CANNOT_START)
    from hongyan.sdk.trouble import Trouble

    try:
        code = asyncio.run(run(terminal))
    except Trouble as trouble:
        sys.stderr.write(f"{trouble}\n")
        sys.exit(EXIT_CANNOT_START)
    except KeyboardInterrupt:
        code = 0
    sys.exit(code)


async def _serve(loaded: "Loaded") -> None:
    from hongyan.app import build
    from hongyan.foundation.http import allow_many_connections
    from hongyan.foundation.log import set_up_logging
    from hongyan.foundation.memory import settle_memory
    from hongyan.foundation.metrics import serve_metrics, watch_disk
    from hongyan.foundation.starting import DataFolder, listen
    from hongyan.safekeeping import watch_backups

    chosen = loaded.settings
    set_up_logging(chosen.log_format)
    os.umask(0o077)
    allow_many_connections()
    folder = DataFolder(chosen.data_dir)
    try:
        sock = listen(chosen.host, chosen.port)
        app = build(chosen)
        if chosen.metrics_port:
            watch_disk(chosen.data_dir)
            watch_backups(chosen.data_dir)
            serve_metrics(chosen.metrics_port)
        stopped = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        settle_memory()
        await app.start(sock)
        await _greet(app, url=_shown_url(loaded, sock.getsockname()[1]))
        await stopped.wait()
        say(Text("正在停止……", "正在停止……", "Stopping…"))
        await app.stop()
    finally:
        folder.release()


async def _greet(app: "App", *, url: str) -> None:
    say(
        Text(
            f"鸿雁已启动：{url}  （按 Ctrl+C 停止）",
            f"鴻雁已啟動：{url}  （按 Ctrl+C 停止）",
            f"Hongyan is running: {url}  (Ctrl+C stops it)",
        )
    )
    welcome = app.settings.data_dir / WELCOME_FILE_NAME
    token = await app.accounts.invitations.ensure_owner()
    if token is None:
        with suppress(FileNotFoundError):
            welcome.unlink()
        return
    link = f"{url}/i#{token}"
    say(_FIRST)
    _show_link(link)
    _write_welcome(welcome, link)
    say(
        Text(
            f"这个二维码也在网页里：{welcome.resolve().as_uri()}",
            f"這個二維碼也在網頁裡：{welcome.resolve().as_uri()}",
            f"The QR code is also on a local page: {welcome.resolve().as_uri()}",
        )
    )


async def _invite(loaded: "Loaded", *, uses: int, days: int, care_mode: bool) -> None:
    from hongyan.app import build

    app = build(loaded.settings)
    try:
        made = await app.accounts.invitations.make_in_terminal(
            uses_max=uses, lifetime_s=days * 86_400, care_mode=care_mode
        )
    finally:
        await app.stop()
    _show_link(f"{loaded.settings.url}/i#{made.token}")


def _given(**options: object) -> dict[str, str]:
    """What the command line says of settings, as the environment would say it."""
    return {f"HONGYAN_{name.upper()}": str(value) for name, value in options.items() if value is not None}


def _load(data_dir: Path | None, given: dict[str, str] | None = None) -> "Loaded":
    """Read the settings, and speak the language that they name from now on."""
    from hongyan.settings import load

    global _chosen
    _chosen = language_of_tag((given or {}).get("HONGYAN_LANGUAGE", ""))
    loaded = load(dict(os.environ) | (given or {}), data_dir=data_dir)
    _chosen = language_of_tag(loaded.settings.language)
    return loaded


def _shown_url(loaded: "Loaded", port: int) -> str:
    import msgspec

    return loaded.settings.url if loaded.settings.port else msgspec.structs.replace(loaded.settings, port=port).url


def _show_link(link: str) -> None:
    import segno

    sys.stdout.write(f"\n  {link}\n\n")
    if sys.stdout.isatty():
        segno.make(link, error="l", micro=False).terminal(compact=True, border=2)
    sys.stdout.flush()


def _write_welcome(path: Path, link: str) -> None:
    """A page for the person at this machine only: it lets whoever reads it become the owner."""
    import io

    import segno

    picture = io.BytesIO()
    segno.make(link, error="m", micro=False).save(picture, kind="svg", scale=8, xmldecl=False)
    language = spoken()
    page = (
        f'<!doctype html><html lang="{language.value}"><meta charset="utf-8"><title>鸿雁 Hongyan</title>'
        "<style>body{font:18px/1.6 system-ui,sans-serif;text-align:center;margin:8vh 1rem;background:#ededed}"
        "svg{background:#fff;max-width:80vw;height:auto}a{color:#07a654;word-break:break-all}</style>"
        f"<h1>鸿雁</h1><p>{_FIRST.into(language)}</p>{picture.getvalue().decode()}"
        f'<p><a href="{link}">{link}</a></p></html>'
    )
    path.touch(mode=0o600)
    path.write_text(page, encoding="utf-8")


def spoken() -> Language:
    """The language that was set, else the terminal's."""
    return _chosen or terminal_language()


def terminal_language() -> Language:
    """Chinese for a Chinese terminal, English for any other."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return language_of_tag(value) or Language.EN
    return Language.EN


def say(text: Text, *, error: bool = False) -> None:
    stream = sys.stderr if error else sys.stdout
    stream.write(text.into(spoken()) + "\n")
    stream.flush()


_chosen: Language | None = None
_PASSWORD = re.compile(r"://[^/@]*@")
_FIRST = Text(
    "还没有主人。请打开下面的链接或扫描二维码，成为这台服务器的主人：",
    "還沒有主人。請開啟下面的連結或掃描二維碼，成為這台伺服器的主人：",
    "This server has no owner yet. Open this link or scan the code to become the owner:",
)
_HEADINGS = (
    Text("设置", "設定", "Setting"),
    Text("值", "值", "Value"),
    Text("来源", "來源", "Source"),
    Text("说明", "說明", "What it is"),
)


if __name__ == "__main__":
    main()
