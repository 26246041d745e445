"""The database and the store for pictures: there, whole, of our version, and honest?"""

from hongyan.doctor.model import Finding, broken, good, unknown, warning
from hongyan.foundation.blobs import Blobs
from hongyan.foundation.db import StorageUnavailable
from hongyan.foundation.db.health import Health
from hongyan.foundation.language import Text

CHECK = "database"


def unreachable(where: str, reason: str) -> Finding:
    return broken(
        CHECK,
        Text(
            f"打不开数据库 {where}（{reason}）。",
            f"打不開資料庫 {where}（{reason}）。",
            f"The database {where} cannot be opened ({reason}).",
        ),
        Text(
            "SQLite：请检查文件的主人和磁盘，不行就用 hongyan restore 恢复备份。"
            "PostgreSQL：请确认它在运行，地址和密码正确。",
            "SQLite：請檢查檔案的擁有者和磁碟，不行就用 hongyan restore 還原備份。"
            "PostgreSQL：請確認它在執行，位址和密碼正確。",
            "SQLite: check the file's owner and the disk; else bring back a backup with hongyan restore. PostgreSQL: "
            "see that it runs and that address and password are right.",
        ),
    )


def judge(health: Health | None) -> Finding:
    """`health` None: nothing was ever stored."""
    if health is None:
        return unknown(
            CHECK,
            Text(
                "还没有数据库：服务器从未启动过。",
                "還沒有資料庫：伺服器從未啟動過。",
                "There is no database yet: the server was never started.",
            ),
        )
    engine = health.engine
    if health.damage:
        return broken(
            CHECK,
            Text(
                f"数据库（{engine}）已损坏：{health.damage[0]}",
                f"資料庫（{engine}）已損壞：{health.damage[0]}",
                f"The database ({engine}) is damaged: {health.damage[0]}",
            ),
            Text(
                "请停止服务器，保留现在的数据文件夹，用 hongyan restore 把最新的备份恢复到新的文件夹，并检查磁盘。",
                "請停止伺服器，保留現在的資料夾，用 hongyan restore 把最新的備份還原到新的資料夾，並檢查磁碟。",
                "Stop the server, keep this data folder, bring the newest backup into a new folder with hongyan "
                "restore, and check the disk.",
            ),
        )
    if health.half_moved:
        return broken(
            CHECK,
            Text(
                f"数据库（{engine}）还没有搬完，没有服务器能用它。",
                f"資料庫（{engine}）還沒有搬完，沒有伺服器能用它。",
                f"The move into the database ({engine}) is not finished, and no server can use it.",
            ),
            Text(
                "请再运行同样的 hongyan migrate 命令，它会接着做。",
                "請再執行同樣的 hongyan migrate 命令，它會接著做。",
                "Run the same hongyan migrate command again: it goes on.",
            ),
        )
    if health.too_new:
        return broken(
            CHECK,
            Text(
                f"数据库（{engine}）由更新版本的鸿雁写成，这个版本不能用它。",
                f"資料庫（{engine}）由更新版本的鴻雁寫成，這個版本不能用它。",
                f"The database ({engine}) was written by a newer version of Hongyan, and this one cannot use it.",
            ),
            Text("请安装较新的版本。", "請安裝較新的版本。", "Install the newer version."),
        )
    if health.guesses:
        names = ", ".join(health.guesses)
        return broken(
            CHECK,
            Text(
                f"{engine} 关闭了 {names}：断电会丢失已确认的消息。",
                f"{engine} 關閉了 {names}：斷電會遺失已確認的訊息。",
                f"{engine} has {names} switched off: a power cut would lose acknowledged messages.",
            ),
            Text(
                f"请在 postgresql.conf 里把 {names} 设为 on，然后重新加载。",
                f"請在 postgresql.conf 裡把 {names} 設為 on，然後重新載入。",
                f"Set {names} to on in postgresql.conf and reload it.",
            ),
        )
    if health.missing:
        return unknown(
            CHECK,
            Text(
                f"数据库（{engine}）完好，下次启动时会升级到新结构。",
                f"資料庫（{engine}）完好，下次啟動時會升級到新結構。",
                f"The database ({engine}) is whole; the next start brings it to this version's structure.",
            ),
            Text(
                "启动前请先运行一次 hongyan backup。",
                "啟動前請先執行一次 hongyan backup。",
                "Run hongyan backup before.",
            ),
        )
    return good(
        CHECK,
        Text(f"数据库（{engine}）完好。", f"資料庫（{engine}）完好。", f"The database ({engine}) is whole."),
    )


async def look_at_blobs(blobs: Blobs, where: str) -> Finding:
    """Can the pictures' store be asked what it holds?"""
    check = "pictures"
    try:
        async for _ in blobs.names("media"):
            break
    except StorageUnavailable as error:
        return warning(
            check,
            Text(
                f"存放图片和文件的地方 {where} 没有回答（{error}）。",
                f"存放圖片和檔案的地方 {where} 沒有回答（{error}）。",
                f"The store for pictures and files, {where}, does not answer ({error}).",
            ),
            Text(
                "请检查 S3 的地址、环境变量里的密钥（AWS_…）和桶名；文件夹请检查权限。",
                "請檢查 S3 的位址、環境變數裡的密鑰（AWS_…）和桶名；資料夾請檢查權限。",
                "S3: check its address, the keys in the environment (AWS_…) and the bucket's name. A folder: its "
                "permissions.",
            ),
        )
    return good(
        check,
        Text(
            f"图片和文件存放在 {where}，可以读取。",
            f"圖片和檔案存放在 {where}，可以讀取。",
            f"Pictures and files are in {where}, which answers.",
        ),
    )
