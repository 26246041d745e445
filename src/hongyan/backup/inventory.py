"""What the server holds so that somebody who lost every device comes back, why, and for how long."""

# ruff: noqa: S608 - what is put into statements here is a constant

from hongyan.foundation.inventory import Column, Table
from hongyan.foundation.language import Text

_UNTIL_ERASED = Text(
    "直到你关闭备份或删除账号", "直到你關閉備份或刪除帳號", "Until you turn backups off or erase the account"
)
_WEEK = Text("七天", "七天", "Seven days")
_ACCOUNT_ID = Column("account_id", Text("账号编号", "帳號編號", "Number of the account"))
_BOX = Text(
    "只有找回密码才能打开的盒子，里面是打开备份的钥匙",
    "只有找回密碼才能打開的盒子，裡面是打開備份的鑰匙",
    "A box that only the PIN opens, with what opens the backup",
)
# Shown instead of what would help somebody who holds a stolen device to guess the PIN.
_HELD = "'***'"

INVENTORY: tuple[Table, ...] = (
    Table(
        "backup",
        Text(
            "你聊天记录的加密备份，服务器打不开",
            "你聊天記錄的加密備份，伺服器打不開",
            "The encrypted backup of your chats; the server cannot open it",
        ),
        _UNTIL_ERASED,
        (
            _ACCOUNT_ID,
            Column("version", Text("第几次备份", "第幾次備份", "Which backup this is")),
            Column("format", Text("备份的格式", "備份的格式", "Form of the backup")),
            Column("device_id", Text("做备份的设备编号", "做備份的裝置編號", "Number of the device that made it")),
            Column("made_at_ms", Text("备份时间", "備份時間", "When it was made")),
            Column("manifest", Text("加密的目录", "加密的目錄", "Its table of contents, encrypted")),
            Column(
                "key_for_devices",
                Text(
                    "打开备份的钥匙，只有你的设备能取出",
                    "打開備份的鑰匙，只有你的裝置能取出",
                    "What opens the backup, locked for your own devices",
                ),
            ),
        ),
        "SELECT account_id, version, format, device_id, made_at_ms, manifest, key_for_devices FROM backup "
        "WHERE account_id = ?",
    ),
    Table(
        "backup_segment",
        Text("备份的各个加密部分", "備份的各個加密部分", "The encrypted parts of the backup"),
        Text(
            "新的备份不再需要后一天",
            "新的備份不再需要後一天",
            "Until a day after a newer backup no longer needs it",
        ),
        (
            _ACCOUNT_ID,
            Column("segment_id", Text("密文的摘要", "密文的摘要", "Hash of the ciphertext")),
            Column("size_bytes", Text("密文的大小", "密文的大小", "Size of the ciphertext")),
            Column("stored", Text("是否已经存好", "是否已經存好", "Whether it is stored")),
            Column("free_at_ms", Text("何时可以删除", "何時可以刪除", "When it may be erased")),
        ),
        "SELECT account_id, segment_id, size_bytes, stored, free_at_ms FROM backup_segment WHERE account_id = ?",
    ),
    Table(
        "backup_vault",
        Text(
            "找回密码的保险箱，用来限制猜测次数",
            "找回密碼的保險箱，用來限制猜測次數",
            "The vault of your PIN, which limits how often it can be guessed",
        ),
        _UNTIL_ERASED,
        (
            _ACCOUNT_ID,
            Column(
                "share",
                Text("随机值，找回密码对了才给出", "隨機值，找回密碼對了才給出", "Random; given for a right PIN"),
            ),
            Column(
                "verifier", Text("核对找回密码用的摘要", "核對找回密碼用的摘要", "Hash by which the PIN is checked")
            ),
            Column("box", _BOX),
            Column("wrong", Text("连续猜错的次数", "連續猜錯的次數", "Wrong guesses in a row")),
            Column("open_at_ms", Text("何时可以再试", "何時可以再試", "When the next guess is allowed")),
            Column("set_at_ms", Text("设定找回密码的时间", "設定找回密碼的時間", "When the PIN was set")),
            Column("destroyed_at_ms", Text("销毁的时间", "銷毀的時間", "When it was destroyed")),
        ),
        f"SELECT account_id, {_HELD}, {_HELD}, {_HELD}, wrong, open_at_ms, set_at_ms, destroyed_at_ms "
        "FROM backup_vault WHERE account_id = ?",
    ),
    Table(
        "backup_circle",
        Text(
            "两位朋友一起才能打开的盒子",
            "兩位朋友一起才能打開的盒子",
            "A box that two of your friends can open together",
        ),
        _UNTIL_ERASED,
        (
            _ACCOUNT_ID,
            Column("circle_id", Text("这组朋友的随机编号", "這組朋友的隨機編號", "Random number of this choice")),
            Column(
                "box",
                Text(
                    "里面是打开备份的钥匙，服务器打不开",
                    "裡面是打開備份的鑰匙，伺服器打不開",
                    "Holds what opens the backup; the server cannot open it",
                ),
            ),
            Column("made_at_ms", Text("选定朋友的时间", "選定朋友的時間", "When the friends were chosen")),
        ),
        "SELECT account_id, circle_id, box, made_at_ms FROM backup_circle WHERE account_id = ?",
    ),
    Table(
        "recovery",
        Text(
            "新设备找回你账号的请求",
            "新裝置找回你帳號的請求",
            "Requests of new devices to be let back into your account",
        ),
        _WEEK,
        (
            Column("recovery_id", Text("请求的编号", "請求的編號", "Number of the request")),
            Column("poll_hash", Text("新设备凭据的摘要", "新裝置憑據的摘要", "Hash of the new device's secret")),
            _ACCOUNT_ID,
            Column("proved", Text("是否由备份文件证明", "是否由備份檔案證明", "Whether a backup file vouched for it")),
            Column("opens_at_ms", Text("何时放行", "何時放行", "When it is let in")),
            Column("ticket_hash", Text("登录凭据的摘要", "登入憑據的摘要", "Hash of its ticket")),
            Column("started_at_ms", Text("开始时间", "開始時間", "When it began")),
            Column("expires_at_ms", Text("到期时间", "到期時間", "When it ends")),
        ),
        "SELECT recovery_id, NULL, account_id, proved, opens_at_ms, NULL, started_at_ms, expires_at_ms "
        "FROM recovery WHERE account_id = ?",
    ),
    Table(
        "recovery_approval",
        Text("你帮哪些朋友找回了账号", "你幫哪些朋友找回了帳號", "Friends whom you helped back"),
        _WEEK,
        (
            Column("recovery_id", Text("请求的编号", "請求的編號", "Number of the request")),
            Column("approver_id", Text("你的账号编号", "你的帳號編號", "Number of your account")),
            Column(
                "sealed",
                Text(
                    "你保管的那一份，只有新设备能打开",
                    "你保管的那一份，只有新裝置能打開",
                    "The share you keep, sealed to the new device",
                ),
            ),
        ),
        "SELECT recovery_id, approver_id, sealed FROM recovery_approval WHERE approver_id = ?",
    ),
)
