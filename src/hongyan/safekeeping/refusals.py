"""Why a backup or a restore does not take place, and what to do, in three languages."""

from pathlib import Path

from hongyan.foundation.language import Text

NO_PLACE = Text(
    "请说明备份放在哪里：hongyan backup /mnt/backup，或在 hongyan.toml 里设置 backup_dir。",
    "請說明備份放在哪裡：hongyan backup /mnt/backup，或在 hongyan.toml 裡設定 backup_dir。",
    "Say where backups go: hongyan backup /mnt/backup, or set backup_dir in hongyan.toml.",
)


def no_parent(place: Path) -> Text:
    return Text(
        f"没有 {place.parent} 这个文件夹。备份盘接好、挂载好了吗？",
        f"沒有 {place.parent} 這個資料夾。備份碟接好、掛載好了嗎？",
        f"There is no folder {place.parent}. Is the backup disk attached and mounted?",
    )


def gone(place: Path, day: str) -> Text:
    return Text(
        f"{place} 里找不到以前的备份（最近一次是 {day}）。备份盘没有挂载？"
        "请先挂载它；如果确实换了新盘，请加上 --new-place。",
        f"{place} 裡找不到以前的備份（最近一次是 {day}）。備份碟沒有掛載？"
        "請先掛載它；如果確實換了新碟，請加上 --new-place。",
        f"The earlier backups are not in {place} (the newest is of {day}). Is the disk not mounted? Mount it; if it is "
        "a new disk, add --new-place.",
    )


def inside_data(place: Path) -> Text:
    return Text(
        f"{place} 在数据文件夹里面：磁盘坏了备份也会一起丢。请选另一块磁盘上的文件夹。",
        f"{place} 在資料夾裡面：磁碟壞了備份也會一起遺失。請選另一顆磁碟上的資料夾。",
        f"{place} is inside of the data folder and would be lost with it. Choose a folder on another disk.",
    )


def not_empty(place: Path) -> Text:
    return Text(
        f"{place} 里已有别的文件。请给备份一个单独的空文件夹。",
        f"{place} 裡已有別的檔案。請給備份一個單獨的空資料夾。",
        f"{place} holds other files. Give the backups an empty folder of their own.",
    )


def of_another_server(place: Path, domain: str) -> Text:
    return Text(
        f"{place} 是另一台服务器（{domain}）的备份。请换一个文件夹。",
        f"{place} 是另一台伺服器（{domain}）的備份。請換一個資料夾。",
        f"{place} holds the backups of another server ({domain}). Choose another folder.",
    )


def no_backups(place: Path) -> Text:
    return Text(
        f"{place} 里没有鸿雁的备份。请检查路径，以及备份盘是否挂载。",
        f"{place} 裡沒有鴻雁的備份。請檢查路徑，以及備份碟是否掛載。",
        f"There is no backup of Hongyan in {place}. Check the path, and whether the disk is mounted.",
    )


def busy(place: Path) -> Text:
    return Text(
        f"另一个备份或恢复正在使用 {place}。请等它结束再试。",
        f"另一個備份或還原正在使用 {place}。請等它結束再試。",
        f"Another backup or restore is using {place}. Wait until it has ended, then try again.",
    )


def full(place: Path) -> Text:
    return Text(
        f"{place} 所在的磁盘满了。这次什么也没有留下，以前的备份完好。请腾出空间，或用 backup_keep 少留几份。",
        f"{place} 所在的磁碟滿了。這次什麼也沒有留下，以前的備份完好。請騰出空間，或用 backup_keep 少留幾份。",
        f"The disk of {place} is full. Nothing of this one was kept; earlier backups are whole. Make room, or keep "
        "fewer with backup_keep.",
    )


def failed(place: Path, reason: str) -> Text:
    return Text(
        f"不能读写 {place}（{reason}）。这次没有完成，以前的备份没有动。请检查磁盘、权限和连线。",
        f"不能讀寫 {place}（{reason}）。這次沒有完成，以前的備份沒有動。請檢查磁碟、權限和連線。",
        f"{place} cannot be read or written ({reason}). This was not finished; earlier backups were not touched. Check "
        "the disk, the permissions and the cable.",
    )


def source_unavailable(reason: str) -> Text:
    return Text(
        f"读不了服务器的数据（{reason}）。这次没有备份，以前的备份没有动。请运行 hongyan doctor。",
        f"讀不了伺服器的資料（{reason}）。這次沒有備份，以前的備份沒有動。請執行 hongyan doctor。",
        f"The server's data cannot be read ({reason}). No backup was made; earlier ones were not touched. Run hongyan "
        "doctor.",
    )


def source_damaged(complaint: str) -> Text:
    return Text(
        f"服务器的数据库已损坏（{complaint}），不能作为备份保存；以前的备份没有动。"
        "请停止服务器，用 hongyan restore 恢复。",
        f"伺服器的資料庫已損壞（{complaint}），不能作為備份保存；以前的備份沒有動。"
        "請停止伺服器，用 hongyan restore 還原。",
        f"The server's database is damaged ({complaint}) and is not kept as a backup; earlier ones were not touched. "
        "Stop the server and bring one back with hongyan restore.",
    )


def no_database(where: str) -> Text:
    return Text(
        f"还没有可以备份的数据库（{where}）。请检查 --data-dir，或先启动一次服务器。",
        f"還沒有可以備份的資料庫（{where}）。請檢查 --data-dir，或先啟動一次伺服器。",
        f"There is no database to back up yet ({where}). Check --data-dir, or start the server once.",
    )


def newer(snapshot: str, version: str) -> Text:
    return Text(
        f"备份 {snapshot} 由更新版本的鸿雁（{version}）写成。请安装那个版本再恢复；什么也没有改动。",
        f"備份 {snapshot} 由更新版本的鴻雁（{version}）寫成。請安裝那個版本再還原；什麼也沒有更動。",
        f"The backup {snapshot} was made by a newer version of Hongyan ({version}). Install that version to bring it "
        "back; nothing was changed.",
    )


def unknown_snapshot(snapshot: str, known: list[str]) -> Text:
    listed = ", ".join(known[-5:]) or "—"
    return Text(
        f"没有名为 {snapshot} 的备份。最近的有：{listed}",
        f"沒有名為 {snapshot} 的備份。最近的有：{listed}",
        f"There is no backup {snapshot}. The newest are: {listed}",
    )


def damaged(snapshot: str, what: Text) -> Text:
    return Text(
        f"备份 {snapshot} 已损坏（{what.zh_hans}），没有恢复。"
        "请用 --snapshot 选更早的一份（--list 列出全部），并检查备份盘。",
        f"備份 {snapshot} 已損壞（{what.zh_hant}），沒有還原。"
        "請用 --snapshot 選更早的一份（--list 列出全部），並檢查備份碟。",
        f"The backup {snapshot} is damaged ({what.en}) and was not brought back. Choose an earlier one with --snapshot "
        "(--list shows all), and check the backup disk.",
    )


def damaged_blobs(snapshot: str, count: int) -> Text:
    return Text(
        f"备份 {snapshot} 里有 {count} 个图片或文件已损坏，数据库完好。请用 --snapshot 选更早的一份，"
        "或加上 --leave-out-damaged，只舍弃这些文件。",
        f"備份 {snapshot} 裡有 {count} 個圖片或檔案已損壞，資料庫完好。請用 --snapshot 選更早的一份，"
        "或加上 --leave-out-damaged，只捨棄這些檔案。",
        f"In the backup {snapshot} the database is whole, but {count} pictures or files are damaged. Choose an earlier "
        "one with --snapshot, or add --leave-out-damaged to do without these files.",
    )


THE_LIST = Text("清单", "清單", "its list")
THE_DATABASE = Text("数据库", "資料庫", "the database")
A_FILE = Text("密钥或设置", "密鑰或設定", "a key or the settings")


def occupied(folder: Path) -> Text:
    return Text(
        f"{folder} 里已有数据，不会覆盖。请恢复到空文件夹：hongyan restore … --data-dir 新文件夹",
        f"{folder} 裡已有資料，不會覆蓋。請還原到空資料夾：hongyan restore … --data-dir 新資料夾",
        f"{folder} holds data already, and nothing is overwritten. Restore into an empty folder: hongyan restore … "
        "--data-dir NEW",
    )


DATABASE_OCCUPIED = Text(
    "PostgreSQL 数据库里已有数据，不会覆盖。请建一个空的数据库，并在 HONGYAN_DATABASE 里给出它的地址。",
    "PostgreSQL 資料庫裡已有資料，不會覆蓋。請建一個空的資料庫，並在 HONGYAN_DATABASE 裡給出它的位址。",
    "The PostgreSQL database holds data already, and nothing is overwritten. Make an empty one and give its address in "
    "HONGYAN_DATABASE.",
)


def other_engine(engine: str) -> Text:
    return Text(
        f"这份备份的数据库是 {engine}，和现在的 database 设置不同。请让设置与备份一致再恢复。",
        f"這份備份的資料庫是 {engine}，和現在的 database 設定不同。請讓設定與備份一致再還原。",
        f"The database in this backup is {engine}, the setting `database` says another. Make it agree, then restore.",
    )


def other_domain(domain: str, settings_domain: str) -> Text:
    return Text(
        f"备份属于 {domain}，而设置里的 domain 是 {settings_domain}。账号名里有域名："
        f"请设置 HONGYAN_DOMAIN={domain} 再恢复。",
        f"備份屬於 {domain}，而設定裡的 domain 是 {settings_domain}。帳號名裡有網域："
        f"請設定 HONGYAN_DOMAIN={domain} 再還原。",
        f"The backup is of {domain}, but the setting `domain` is {settings_domain}. It is part of every account's "
        f"name: set HONGYAN_DOMAIN={domain}, then restore.",
    )


def other_restore(folder: Path, snapshot: str) -> Text:
    return Text(
        f"{folder} 里有一次没有完成的恢复（{snapshot}）。请用同一份备份继续，或先清空这个文件夹。",
        f"{folder} 裡有一次沒有完成的還原（{snapshot}）。請用同一份備份繼續，或先清空這個資料夾。",
        f"In {folder} the restore of {snapshot} was not finished. Go on with that one, or empty the folder first.",
    )


def no_program(name: str) -> Text:
    return Text(
        f"需要 PostgreSQL 的 {name} 程序。请安装：apt install postgresql-client",
        f"需要 PostgreSQL 的 {name} 程式。請安裝：apt install postgresql-client",
        f"PostgreSQL's program {name} is needed. Install it: apt install postgresql-client",
    )


def program_failed(name: str, said: str) -> Text:
    return Text(f"{name} 没有成功：{said}", f"{name} 沒有成功：{said}", f"{name} did not succeed: {said}")


def restore_full(data_dir: Path) -> Text:
    return Text(
        f"{data_dir} 所在的磁盘满了，恢复没有完成。请腾出空间，再运行同样的命令，会接着做。",
        f"{data_dir} 所在的磁碟滿了，還原沒有完成。請騰出空間，再執行同樣的命令，會接著做。",
        f"The disk of {data_dir} is full; the restore is not finished. Make room and run the same command: it goes on.",
    )


def restore_failed(data_dir: Path, reason: str) -> Text:
    return Text(
        f"恢复到 {data_dir} 没有完成（{reason}）。请排除原因，再运行同样的命令，会接着做。",
        f"還原到 {data_dir} 沒有完成（{reason}）。請排除原因，再執行同樣的命令，會接著做。",
        f"The restore into {data_dir} is not finished ({reason}). Remove the cause and run the same command: it "
        "goes on.",
    )
