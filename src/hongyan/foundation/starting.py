"""What must be true before a server starts, and the sentence an operator reads when it is not."""

import errno
import fcntl
import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hongyan.foundation.db import DatabaseHalfMoved, DatabaseTooNew, StorageFull, StorageUnavailable
from hongyan.foundation.language import Text

LOCK_FILE_NAME = "hongyan.lock"
# Lies in a data folder as long as `hongyan restore` fills it.
RESTORING_FILE_NAME = "restoring"
BACKLOG = 2048


class CannotStart(Exception):
    """Raised with what is wrong and what to do about it."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


class DataFolder:
    """The folder of all data, held by one process; readable by its owner only."""

    def __init__(self, path: Path) -> None:
        """Make the folder if there is none, and take it. Raises CannotStart."""
        self.path = path
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(path / LOCK_FILE_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise CannotStart(_not_writable(path, error)) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise CannotStart(
                Text(
                    f"另一个鸿雁进程正在使用数据文件夹 {path}。请先停止它，或用 --data-dir 换一个文件夹。",
                    f"另一個鴻雁程序正在使用資料夾 {path}。請先停止它，或用 --data-dir 換一個資料夾。",
                    f"Another Hongyan process is using the data folder {path}. Stop it first, or choose another "
                    "folder with --data-dir.",
                )
            ) from error

    def release(self) -> None:
        os.close(self._lock)


def refuse_half_restored(folder: Path) -> None:
    """Raises CannotStart if a restore into this folder was not finished."""
    if not (folder / RESTORING_FILE_NAME).exists():
        return
    raise CannotStart(
        Text(
            f"恢复到 {folder} 还没有完成。请再运行同样的 hongyan restore 命令，它会接着做。",
            f"還原到 {folder} 還沒有完成。請再執行同樣的 hongyan restore 命令，它會接著做。",
            f"The restore into {folder} is not finished. Run the same hongyan restore command again: it goes on.",
        )
    )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 is any free one. Raises CannotStart."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG, dualstack_ipv6=host == "::")
    except OSError as error:
        raise CannotStart(_cannot_listen(host, port, error)) from error


@contextmanager
def explained(what: Path | str) -> Iterator[None]:
    """Turn what the database or the TLS files at `what` raise at start into CannotStart."""
    try:
        yield
    except DatabaseHalfMoved as error:
        raise CannotStart(
            Text(
                f"数据库 {what} 还没有搬完。请再运行同样的 hongyan migrate 命令，它会接着做。",
                f"資料庫 {what} 還沒有搬完。請再執行同樣的 hongyan migrate 命令，它會接著做。",
                f"The move into the database {what} is not finished. Run the same hongyan migrate command again: it "
                "goes on.",
            )
        ) from error
    except DatabaseTooNew as error:
        raise CannotStart(
            Text(
                f"数据库 {what} 由更新版本的鸿雁写成（{error}）。请安装新版本；数据没有改动。",
                f"資料庫 {what} 由更新版本的鴻雁寫成（{error}）。請安裝新版本；資料沒有更動。",
                f"The database {what} was written by a newer version of Hongyan ({error}). Install that version; "
                "nothing was changed.",
            )
        ) from error
    except (StorageFull, StorageUnavailable) as error:
        raise CannotStart(
            Text(
                f"打不开数据库 {what}：{error}",
                f"打不開資料庫 {what}：{error}",
                f"Cannot open the database {what}: {error}",
            )
        ) from error
    except ssl.SSLError as error:
        raise CannotStart(
            Text(
                f"TLS 证书或私钥不可用（{what}）。请检查两个文件是否为 PEM 格式并且互相匹配。",
                f"TLS 憑證或私鑰無法使用（{what}）。請檢查兩個檔案是否為 PEM 格式並且互相匹配。",
                f"The TLS certificate or key cannot be used ({what}). Check that both are PEM and belong together.",
            )
        ) from error
    except OSError as error:
        raise CannotStart(
            Text(
                f"读不了 {what}：{error.strerror}",
                f"讀不了 {what}：{error.strerror}",
                f"Cannot read {what}: {error.strerror}",
            )
        ) from error


def unusable_key(path: Path, reason: str) -> Text:
    """Of a key file that is made by itself; without it, devices that are away cannot be told of new messages."""
    return Text(
        f"推送密钥 {path} 不可用（{reason}）。请从备份恢复这个文件；没有备份就删除它，服务器会生成新的，"
        "各设备下次打开时会自动重新登记。",
        f"推播密鑰 {path} 無法使用（{reason}）。請從備份還原這個檔案；沒有備份就刪除它，伺服器會產生新的，"
        "各裝置下次開啟時會自動重新登記。",
        f"The key for push, {path}, cannot be used ({reason}). Restore the file from a backup; or delete it: the "
        "server makes a new one, and each device registers again when it is next opened.",
    )


def unusable_stripe_keys(path: Path, reason: str) -> Text:
    """Of the file that the settings name as the one with Stripe's keys."""
    return Text(
        f"Stripe 的密钥文件 {path} 不可用（{reason}）。第一行要是 sk_ 或 rk_ 开头的密钥，第二行是 whsec_ 开头的密钥。"
        "不用银行卡充值的话，请从设置里去掉 rails.stripe_keys_file。",
        f"Stripe 的密鑰檔案 {path} 無法使用（{reason}）。第一行要是 sk_ 或 rk_ 開頭的密鑰，第二行是 whsec_ 開頭的密鑰。"
        "不用銀行卡儲值的話，請從設定裡去掉 rails.stripe_keys_file。",
        f"The file of Stripe's keys {path} cannot be used ({reason}). Its first line is the key that begins with sk_ "
        "or rk_, the second the one that begins with whsec_. Or take rails.stripe_keys_file out of the "
        "settings: nobody can top up by card then.",
    )


def unusable_pepper(path: Path, reason: str) -> Text:
    """Of the file that payment PINs are hashed with: it cannot be read, or is another than it was."""
    return Text(
        f"支付密码要用的文件 {path} 不可用（{reason}）。请从备份恢复这个文件，或从共用这个数据库的其他服务器复制。"
        "如果哪里都没有原来的文件了，请从数据库的 server_secret 表删除 wallet.pepper 这一行，"
        "之后每个人都要重置支付密码。",
        f"支付密碼要用的檔案 {path} 無法使用（{reason}）。請從備份還原這個檔案，或從共用這個資料庫的其他伺服器複製。"
        "如果哪裡都沒有原來的檔案了，請從資料庫的 server_secret 表刪除 wallet.pepper 這一列，"
        "之後每個人都要重設支付密碼。",
        f"The file that payment PINs are hashed with, {path}, cannot be used ({reason}). Restore it from a backup, or "
        "copy it from another server on this database. If it is lost everywhere, erase the row wallet.pepper from the "
        "table server_secret: everybody then has to reset the payment PIN.",
    )


def another_key(path: Path) -> Text:
    """Of a key file that differs from the one of the other servers on the same database."""
    return Text(
        f"推送密钥 {path} 与共用这个数据库的其他服务器不同，这里不能启动。"
        "请把另一台服务器数据文件夹里的同名文件复制过来。"
        "如果哪里都没有原来的密钥了，请清空数据库里的 push_key 表，各设备会自动重新登记。",
        f"推播密鑰 {path} 與共用這個資料庫的其他伺服器不同，這裡不能啟動。"
        "請把另一台伺服器資料夾裡的同名檔案複製過來。"
        "如果哪裡都沒有原來的密鑰了，請清空資料庫裡的 push_key 表，各裝置會自動重新登記。",
        f"The key for push, {path}, is not that of the other servers on this database, so this one does not start. "
        "Copy the file of the same name from another server's data folder. If no server has the old key any more, "
        "empty the table push_key in the database: devices register again by themselves.",
    )


def _not_writable(path: Path, error: OSError) -> Text:
    return Text(
        f"不能写入数据文件夹 {path}（{error.strerror}）。请检查权限和磁盘，或用 --data-dir 换一个文件夹。",
        f"不能寫入資料夾 {path}（{error.strerror}）。請檢查權限和磁碟，或用 --data-dir 換一個資料夾。",
        f"Cannot write to the data folder {path} ({error.strerror}). Check its permissions and the disk, or choose "
        "another folder with --data-dir.",
    )


def _cannot_listen(host: str, port: int, error: OSError) -> Text:
    if error.errno == errno.EADDRINUSE:
        return Text(
            f"端口 {port} 已被别的程序占用。请用 --port 换一个端口，或先停止那个程序。",
            f"連接埠 {port} 已被別的程式佔用。請用 --port 換一個連接埠，或先停止那個程式。",
            f"Port {port} is taken by another program. Choose another with --port, or stop that program first.",
        )
    if error.errno == errno.EACCES:
        return Text(
            f"没有权限使用端口 {port}。1024 以下的端口通常需要管理员权限；请用 --port 换一个。",
            f"沒有權限使用連接埠 {port}。1024 以下的連接埠通常需要管理員權限；請用 --port 換一個。",
            f"No permission to use port {port}. Ports below 1024 usually need an administrator; choose another with "
            "--port.",
        )
    return Text(
        f"不能在 {host}:{port} 上监听：{error.strerror or error}",
        f"不能在 {host}:{port} 上監聽：{error.strerror or error}",
        f"Cannot listen on {host}:{port}: {error.strerror or error}",
    )
