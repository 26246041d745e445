"""Everything an operator can set: one typed, documented tree.

A value comes from the environment (`HONGYAN_PORT`, `HONGYAN_LIMITS__CONNECTIONS_MAX`), else from
`hongyan.toml` in the data folder, else from its default. Unknown names and values out of bounds refuse to start.
"""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta

from hongyan.foundation.language import Text

FILE_NAME = "hongyan.toml"
PREFIX = "HONGYAN_"
DATABASE_FILE_NAME = "hongyan.db"
BLOBS_FOLDER_NAME = "blobs"
MIB = 1024 * 1024


class SettingsError(Exception):
    """A setting that cannot be used, with a sentence for the operator."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def _doc(zh_hans: str, zh_hant: str, en: str) -> dict[str, Text]:
    return {"text": Text(zh_hans, zh_hant, en)}


Port = Annotated[int, Meta(ge=0, le=65535)]


class LimitSettings(msgspec.Struct, frozen=True, kw_only=True):
    connections_max: Annotated[
        int,
        Meta(
            ge=1,
            le=1_000_000,
            extra=_doc("同时在线的设备数上限", "同時在線的裝置數上限", "How many devices may be connected at once"),
        ),
    ] = 20_000
    disk_reserve_mib: Annotated[
        int,
        Meta(
            ge=0,
            le=1_000_000,
            extra=_doc(
                "磁盘上始终留给消息的空间（MiB）：图片和文件不会占用它",
                "磁碟上始終留給訊息的空間（MiB）：圖片和檔案不會佔用它",
                "Disk kept for messages (MiB): pictures and files never take it",
            ),
        ),
    ] = 512
    backup_mib_max: Annotated[
        int,
        Meta(
            ge=1,
            le=1_000_000,
            extra=_doc(
                "每个账号的备份最多占多少 MiB",
                "每個帳號的備份最多佔多少 MiB",
                "How many MiB the backup of one account may take",
            ),
        ),
    ] = 512
    media_mib_max: Annotated[
        int,
        Meta(
            ge=0,
            le=1_000_000_000,
            extra=_doc(
                "等待取走的图片和文件总共最多占多少（MiB）；0 表示磁盘有多少用多少",
                "等待取走的圖片和檔案總共最多佔多少（MiB）；0 表示磁碟有多少用多少",
                "Most that waiting pictures and files may take in all (MiB); 0: what the disk has",
            ),
        ),
    ] = 0
    media_account_mib_max: Annotated[
        int,
        Meta(
            ge=1,
            le=1_000_000,
            extra=_doc(
                "每个账号发出而未被取走的图片和文件最多占多少（MiB）",
                "每個帳號傳出而未被取走的圖片和檔案最多佔多少（MiB）",
                "Most that one account's pictures and files may take until they are fetched (MiB)",
            ),
        ),
    ] = 4096


class PushSettings(msgspec.Struct, frozen=True, kw_only=True):
    inner_hosts: Annotated[
        str,
        Meta(
            pattern=r"^[a-z0-9.:_, -]*$",
            max_length=1000,
            extra=_doc(
                "自己的推送服务和店铺程序，允许内网地址和 http，多个用逗号分开（例如 push.lan:8443）",
                "自己的推播服務和店鋪程式，允許內網位址和 http，多個用逗號分開（例如 push.lan:8443）",
                "Push services and programs of shops that may be inner hosts and speak http, with commas between "
                "(for instance push.lan:8443)",
            ),
        ),
    ] = ""


class RailSettings(msgspec.Struct, frozen=True, kw_only=True):
    stripe_keys_file: Annotated[
        Path | None,
        Meta(
            extra=_doc(
                "Stripe 的密钥文件：第一行是 sk_ 或 rk_ 开头的密钥，第二行是 whsec_ 开头的 webhook 密钥；"
                "空则不能用银行卡充值",
                "Stripe 的密鑰檔案：第一行是 sk_ 或 rk_ 開頭的密鑰，第二行是 whsec_ 開頭的 webhook 密鑰；"
                "空則不能用銀行卡儲值",
                "File with Stripe's keys: on the first line the one that begins with sk_ or rk_, on the second the "
                "webhook's, whsec_; empty: nobody tops up by card",
            )
        ),
    ] = None
    stripe_currency: Annotated[
        str,
        Meta(
            pattern=r"^[a-z]{3}$",
            extra=_doc(
                "充值收取的货币（ISO 4217 小写）；一个最小单位换一个社区货币的最小单位",
                "儲值收取的貨幣（ISO 4217 小寫）；一個最小單位換一個社群貨幣的最小單位",
                "Currency in which people pay in (ISO 4217, lower case); a minor unit of it is one of the community's",
            ),
        ),
    ] = "usd"
    stripe_address: Annotated[
        str,
        Meta(
            pattern=r"^https?://[^/\s]+$",
            extra=_doc("Stripe 接口的网址", "Stripe 介面的網址", "Address of Stripe's interface"),
        ),
    ] = "https://api.stripe.com"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    data_dir: Annotated[
        Path,
        Meta(
            extra=_doc(
                "数据文件夹（只能由环境变量或命令行给出）",
                "資料夾（只能由環境變數或命令列給出）",
                "Folder of all data (set by environment or command line only)",
            )
        ),
    ] = Path("data")
    host: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=253,
            extra=_doc(
                "监听的地址；0.0.0.0 表示所有网络",
                "監聽的位址；0.0.0.0 表示所有網路",
                "Address to listen on; 0.0.0.0 is every network",
            ),
        ),
    ] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, extra=_doc("监听的端口", "監聽的連接埠", "Port to listen on"))] = 8420
    domain: Annotated[
        str,
        Meta(
            pattern=r"^[a-z0-9.-]{1,253}$",
            extra=_doc(
                "服务器的域名，账号是 名字@域名",
                "伺服器的網域，帳號是 名字@網域",
                "The server's domain: accounts are name@domain",
            ),
        ),
    ] = "localhost"
    public_url: Annotated[
        str,
        Meta(
            pattern=r"^(https?://[^/\s]+)?$",
            extra=_doc(
                "别人打开的网址；空则由地址和端口得出",
                "別人開啟的網址；空則由位址和連接埠得出",
                "Address people open; empty: made of host and port",
            ),
        ),
    ] = ""
    database: Annotated[
        str,
        Meta(
            pattern=r"^(postgres(ql)?://.*)?$",
            extra=_doc(
                "postgresql:// 网址；空则用数据文件夹里的 SQLite",
                "postgresql:// 網址；空則用資料夾裡的 SQLite",
                "A postgresql:// address; empty: SQLite in the data folder",
            ),
        ),
    ] = ""
    blobs: Annotated[
        str,
        Meta(
            pattern=r"^(s3://[a-z0-9.-]{3,63}(/[A-Za-z0-9._/-]{1,200})?)?$",
            extra=_doc(
                "s3://桶/文件夹，密封的图片和文件放在那里；空则放在数据文件夹里",
                "s3://桶/資料夾，密封的圖片和檔案放在那裡；空則放在資料夾裡",
                "s3://bucket/folder for sealed pictures and files; empty: in the data folder",
            ),
        ),
    ] = ""
    bus: Annotated[
        str,
        Meta(
            pattern=r"^((nats|tls)://[^,\s]+(, *(nats|tls)://[^,\s]+)*)?$",
            extra=_doc(
                "几台服务器一起运行时互相通知用的 NATS 网址，用逗号分开；空则只有这一个进程",
                "幾台伺服器一起執行時互相通知用的 NATS 網址，用逗號分開；空則只有這一個程序",
                "nats:// addresses, with commas, by which several processes tell each other; empty: one process",
            ),
        ),
    ] = ""
    backup_dir: Annotated[
        Path | None,
        Meta(
            extra=_doc(
                "hongyan backup 把备份放在哪个文件夹（最好在另一块磁盘上）",
                "hongyan backup 把備份放在哪個資料夾（最好在另一顆磁碟上）",
                "Folder where hongyan backup puts backups, best on another disk",
            )
        ),
    ] = None
    backup_keep: Annotated[
        int,
        Meta(
            ge=1,
            le=1_000,
            extra=_doc("保留最近几份备份", "保留最近幾份備份", "How many of the newest backups are kept"),
        ),
    ] = 7
    tls_cert_file: Annotated[
        Path | None,
        Meta(extra=_doc("TLS 证书文件（PEM）", "TLS 憑證檔案（PEM）", "TLS certificate file (PEM)")),
    ] = None
    tls_key_file: Annotated[
        Path | None,
        Meta(extra=_doc("TLS 私钥文件（PEM）", "TLS 私鑰檔案（PEM）", "TLS private key file (PEM)")),
    ] = None
    metrics_port: Annotated[
        int,
        Meta(
            ge=0,
            le=65535,
            extra=_doc(
                "127.0.0.1 上的指标端口；0 为关闭",
                "127.0.0.1 上的指標連接埠；0 為關閉",
                "Port of the metrics on 127.0.0.1; 0 is off",
            ),
        ),
    ] = 0
    log_format: Annotated[Literal["console", "json"], Meta(extra=_doc("日志格式", "日誌格式", "Form of the log"))] = (
        "console"
    )
    language: Annotated[
        Literal["", "zh-Hans", "zh-Hant", "en"],
        Meta(
            extra=_doc(
                "管理命令使用的语言；空则跟随终端",
                "管理命令使用的語言；空則跟隨終端機",
                "Language of what the operator reads; empty: that of the terminal",
            )
        ),
    ] = ""
    limits: LimitSettings = LimitSettings()
    push: PushSettings = PushSettings()
    rails: RailSettings = RailSettings()

    @property
    def url(self) -> str:
        """The address people open, without a slash at the end."""
        if self.public_url:
            return self.public_url
        scheme = "https" if self.tls_cert_file else "http"
        host = self.domain if self.host in ("0.0.0.0", "::", "127.0.0.1") else self.host  # noqa: S104 - compared only
        default_port = 443 if self.tls_cert_file else 80
        return f"{scheme}://{host}" if self.port == default_port else f"{scheme}://{host}:{self.port}"

    @property
    def database_url(self) -> str:
        return self.database or str(self.data_dir / DATABASE_FILE_NAME)

    @property
    def blobs_place(self) -> Path | str:
        """A folder, or an s3:// address."""
        return self.blobs or self.data_dir / BLOBS_FOLDER_NAME


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of `hongyan settings`."""

    name: str
    value: object
    source: str
    text: Text


@dataclass(frozen=True, slots=True)
class Loaded:
    settings: Settings
    lines: tuple[Setting, ...]


def load(environment: Mapping[str, str], *, data_dir: Path | None = None) -> Loaded:
    """Read and check everything. Raises SettingsError."""
    given = _from_environment(environment)
    if data_dir is not None:
        given["data_dir"] = (str(data_dir), "--data-dir")
    folder = Path(given["data_dir"][0]) if "data_dir" in given else Settings().data_dir
    in_file = _from_file(folder / FILE_NAME)
    fields = dict(_fields())
    if "data_dir" in in_file:  # The file is in that folder: it cannot say where it is.
        raise _unknown("data_dir", in_file["data_dir"][1], [])
    for name, (_, source) in (in_file | given).items():
        if name not in fields:
            raise _unknown(name, source, list(fields))
    lines, tree = [], dict[str, Any]()
    for name, field in fields.items():
        raw, source = given.get(name) or in_file.get(name) or (field.default, "")
        value = raw if not source else _convert(name, raw, field, strict=source.endswith(FILE_NAME))
        section, _, key = name.rpartition(".")
        (tree.setdefault(section, {}) if section else tree)[key] = value
        lines.append(Setting(name, value, source, _text(field)))
    settings = msgspec.convert(tree, Settings, dec_hook=_as_path)
    if (settings.tls_cert_file is None) != (settings.tls_key_file is None):
        raise SettingsError(
            Text(
                "tls_cert_file 和 tls_key_file 必须同时设置。",
                "tls_cert_file 和 tls_key_file 必須同時設定。",
                "Set both tls_cert_file and tls_key_file, or neither.",
            )
        )
    if settings.bus and not settings.database:
        raise SettingsError(
            Text(
                "设置了 bus，几台服务器要共用一个数据库：请同时设置 database（postgresql://…）。",
                "設定了 bus，幾台伺服器要共用一個資料庫：請同時設定 database（postgresql://…）。",
                "With bus, several servers share one database: set database (postgresql://…) as well.",
            )
        )
    return Loaded(settings, tuple(lines))


def _fields() -> list[tuple[str, msgspec.structs.FieldInfo]]:
    found = []
    for field in msgspec.structs.fields(Settings):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            found += [(f"{field.name}.{inner.name}", inner) for inner in msgspec.structs.fields(field.type)]
        else:
            found.append((field.name, field))
    return found


def _from_environment(environment: Mapping[str, str]) -> dict[str, tuple[Any, str]]:
    return {
        name.removeprefix(PREFIX).lower().replace("__", "."): (value, name)
        for name, value in environment.items()
        if name.startswith(PREFIX)
    }


def _from_file(path: Path) -> dict[str, tuple[Any, str]]:
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(
            Text(
                f"读不了设置文件 {path}：{error}",
                f"讀不了設定檔 {path}：{error}",
                f"Cannot read the settings file {path}: {error}",
            )
        ) from error
    found = {}
    for name, value in tree.items():
        inner = {f"{name}.{key}": v for key, v in value.items()} if isinstance(value, dict) else {name: value}
        found.update({key: (v, str(path)) for key, v in inner.items()})
    return found


def _convert(name: str, raw: object, field: msgspec.structs.FieldInfo, *, strict: bool) -> object:
    try:
        return msgspec.convert(raw, field.type, strict=strict, dec_hook=_as_path)
    except msgspec.ValidationError as error:
        wanted = _wanted(field) or Text(str(error), str(error), str(error))
        raise SettingsError(
            Text(
                f"设置 {name} 不能是 {raw!r}。{wanted.zh_hans}",
                f"設定 {name} 不能是 {raw!r}。{wanted.zh_hant}",
                f"Setting {name} cannot be {raw!r}. {wanted.en}",
            )
        ) from error


def _as_path(kind: type, raw: object) -> Path:
    if kind is Path and isinstance(raw, str | Path) and str(raw):
        return Path(raw)
    raise ValueError("expected a path")


def _wanted(field: msgspec.structs.FieldInfo) -> Text | None:
    meta = _meta(field)
    if meta.ge is not None and meta.le is not None:
        return Text(
            f"应为 {meta.ge} 到 {meta.le} 的整数。",
            f"應為 {meta.ge} 到 {meta.le} 的整數。",
            f"It must be a whole number from {meta.ge} to {meta.le}.",
        )
    if meta.pattern is not None:
        return Text(f"应符合 {meta.pattern}", f"應符合 {meta.pattern}", f"It must match {meta.pattern}")
    choices = get_args(get_args(field.type)[0])
    if choices and all(isinstance(choice, str) for choice in choices):
        listed = ", ".join(choices)
        return Text(f"可以是：{listed}。", f"可以是：{listed}。", f"It may be one of: {listed}.")
    return None


def _meta(field: msgspec.structs.FieldInfo) -> Meta:
    meta = get_args(field.type)[1]
    assert isinstance(meta, Meta)
    return meta


def _text(field: msgspec.structs.FieldInfo) -> Text:
    text = (_meta(field).extra or {})["text"]
    assert isinstance(text, Text)
    return text


def _unknown(name: str, source: str, known: list[str]) -> SettingsError:
    near = difflib.get_close_matches(name, known, 1)
    hint = (f"是不是 {near[0]}？", f"是不是 {near[0]}？", f" Did you mean {near[0]}?") if near else ("", "", "")
    return SettingsError(
        Text(
            f"没有名为 {name} 的设置（{source}）。{hint[0]}",
            f"沒有名為 {name} 的設定（{source}）。{hint[1]}",
            f"There is no setting {name} ({source}).{hint[2]}",
        )
    )
