"""Why a move does not take place, and what to do, in three languages."""

from pathlib import Path

from hongyan.foundation.language import Text

OLD_DATABASE = Text("原来的数据库", "原來的資料庫", "old database")
NEW_DATABASE = Text("新的数据库", "新的資料庫", "new database")
OLD_BLOBS = Text("原来存放图片和文件的地方", "原來存放圖片和檔案的地方", "old store for pictures and files")
NEW_BLOBS = Text("新的存放图片和文件的地方", "新的存放圖片和檔案的地方", "new store for pictures and files")
DATA_FOLDER = Text("数据文件夹", "資料夾", "data folder")

NOWHERE = Text(
    "请说明搬到哪里：hongyan migrate --database postgresql://… --blobs s3://…；"
    "搬回来：hongyan migrate --database sqlite --blobs folder。没有写的那一项留在原处；已经在那里的不用搬。",
    "請說明搬到哪裡：hongyan migrate --database postgresql://… --blobs s3://…；"
    "搬回來：hongyan migrate --database sqlite --blobs folder。沒有寫的那一項留在原處；已經在那裡的不用搬。",
    "Say where to: hongyan migrate --database postgresql://… --blobs s3://…; and back: hongyan migrate --database "
    "sqlite --blobs folder. What is not named stays; what is there already need not move.",
)

NOT_FINISHED = Text(
    "搬家还没有完成。请再运行同样的 hongyan migrate 命令，它会接着做；在此之前，服务器可以用原来的设置继续运行。",
    "搬家還沒有完成。請再執行同樣的 hongyan migrate 命令，它會接著做；在此之前，伺服器可以用原來的設定繼續執行。",
    "The move is not finished. Run the same hongyan migrate command again: it goes on. Until then the server can run "
    "with the old settings.",
)

MOVED_ON = Text(
    "新的地方已经搬好，之后又有了变化：服务器在那里运行过。什么也没有改动。请把设置指向新的地方，继续使用它。",
    "新的地方已經搬好，之後又有了變化：伺服器在那裡執行過。什麼也沒有更動。請把設定指向新的地方，繼續使用它。",
    "The new place was filled by an earlier move and has changed since: a server has run there. Nothing was touched. "
    "Let the settings name the new place and go on there.",
)


def has_moved(mark: Path, database: str, blobs: str) -> Text:
    return Text(
        f"这台服务器的数据已经搬到 {database}（数据库）和 {blobs}（图片和文件）。请在设置里改用新的地方。"
        f"如果一定要用原来的数据，请删除 {mark}：搬走以后的消息不在里面，两边不能同时运行。",
        f"這台伺服器的資料已經搬到 {database}（資料庫）和 {blobs}（圖片和檔案）。請在設定裡改用新的地方。"
        f"如果一定要用原來的資料，請刪除 {mark}：搬走以後的訊息不在裡面，兩邊不能同時執行。",
        f"This server's data have moved to {database} (database) and {blobs} (pictures and files). Name the new place "
        f"in the settings. To go on with the old data all the same, delete {mark}: what was sent since the move is not "
        "in them, and the two must never run at once.",
    )


def no_database(where: str) -> Text:
    return Text(
        f"没有可以搬的数据库（{where}）。请检查 --data-dir 和设置。",
        f"沒有可以搬的資料庫（{where}）。請檢查 --data-dir 和設定。",
        f"There is no database to move ({where}). Check --data-dir and the settings.",
    )


DATABASE_OCCUPIED = Text(
    "新的数据库里已有数据，不会覆盖。请建一个空的数据库，再运行一次。",
    "新的資料庫裡已有資料，不會覆蓋。請建一個空的資料庫，再執行一次。",
    "The new database holds data already, and nothing is overwritten. Make an empty one, then run this again.",
)


def in_the_way(path: Path) -> Text:
    return Text(
        f"{path} 已经存在，不会覆盖。它若是以前的旧数据，请改名或移走，再运行一次。",
        f"{path} 已經存在，不會覆蓋。它若是以前的舊資料，請改名或移走，再執行一次。",
        f"{path} is there already, and nothing is overwritten. If it is old data, rename it or move it away, then run "
        "this again.",
    )


def blobs_occupied(place: str) -> Text:
    return Text(
        f"{place} 里已有图片和文件，不会覆盖。请换一个空的地方，或先移走它们，再运行一次。",
        f"{place} 裡已有圖片和檔案，不會覆蓋。請換一個空的地方，或先移走它們，再執行一次。",
        f"{place} holds pictures and files already, and nothing is overwritten. Choose an empty place or move them "
        "away, then run this again.",
    )


def others_there(where: Text, count: int) -> Text:
    return Text(
        f"{where.zh_hans}还有别的程序连着（{count} 个连接）。请停止所有鸿雁进程、备份任务和 psql，再运行一次。",
        f"{where.zh_hant}還有別的程式連著（{count} 個連線）。請停止所有鴻雁程序、備份任務和 psql，再執行一次。",
        f"Other programs are connected to the {where.en} ({count}). Stop every Hongyan process, backup and psql, then "
        "run this again.",
    )


def full(where: Text) -> Text:
    return Text(
        f"{where.zh_hans}所在的磁盘满了，搬家没有完成，原来的数据没有动。请腾出空间，再运行同样的命令，会接着做。",
        f"{where.zh_hant}所在的磁碟滿了，搬家沒有完成，原來的資料沒有動。請騰出空間，再執行同樣的命令，會接著做。",
        f"The disk of the {where.en} is full. The move is not finished; the old data were not touched. Make room and "
        "run the same command: it goes on.",
    )


def failed(where: Text, reason: str) -> Text:
    return Text(
        f"不能读写{where.zh_hans}（{reason}）。搬家没有完成，原来的数据没有动。请排除原因，再运行同样的命令，会接着做。",
        f"不能讀寫{where.zh_hant}（{reason}）。搬家沒有完成，原來的資料沒有動。請排除原因，再執行同樣的命令，會接著做。",
        f"The {where.en} cannot be read or written ({reason}). The move is not finished; the old data were not "
        "touched. Remove the cause and run the same command: it goes on.",
    )


def damaged(complaint: str) -> Text:
    return Text(
        f"原来的数据库已损坏（{complaint}），不能搬。请先用 hongyan restore 恢复最新的备份。",
        f"原來的資料庫已損壞（{complaint}），不能搬。請先用 hongyan restore 還原最新的備份。",
        f"The old database is damaged ({complaint}) and cannot be moved. Bring back the newest backup with hongyan "
        "restore first.",
    )


def differs(what: str) -> Text:
    return Text(
        f"{what} 搬过去以后和原来的不一样，搬家没有完成，原来的数据没有动。请检查磁盘和内存，再运行同样的命令。",
        f"{what} 搬過去以後和原來的不一樣，搬家沒有完成，原來的資料沒有動。請檢查磁碟和記憶體，再執行同樣的命令。",
        f"The copy of {what} is not what it was copied from. The move is not finished; the old data were not touched. "
        "Check disks and memory, then run the same command again.",
    )
