"""What the server holds about people and devices, why, and for how long."""

# ruff: noqa: S608 - what is put into statements here is a constant

from hongyan.foundation.inventory import Column, Table
from hongyan.foundation.language import Text

_WHILE_ACCOUNT = Text("直到账号删除", "直到帳號刪除", "Until the account is erased")
_ACCOUNT_ID = Column("account_id", Text("账号编号", "帳號編號", "Number of the account"))
_EXPIRES = Column("expires_at_ms", Text("到期时间", "到期時間", "When it ends"))
# Shown instead of what would help somebody who holds a stolen device to guess the password.
_HELD = "'***'"

INVENTORY: tuple[Table, ...] = (
    Table(
        "account",
        Text("你的账号", "你的帳號", "Your account"),
        _WHILE_ACCOUNT,
        (
            _ACCOUNT_ID,
            Column("name", Text("你的名字", "你的名字", "Your name")),
            Column(
                "name_folded",
                Text(
                    "不分大小写的名字，用来防止重名",
                    "不分大小寫的名字，用來防止重名",
                    "Your name without case, so that it stays unique",
                ),
            ),
            Column(
                "account_key",
                Text("别人用来认出你的公钥", "別人用來認出你的公鑰", "Public key by which others recognise you"),
            ),
            Column(
                "box_key",
                Text(
                    "别人给你写密封问候的公钥",
                    "別人給你寫密封問候的公鑰",
                    "Public key to which others seal greetings for you",
                ),
            ),
            Column(
                "box_signature",
                Text("证明上面的公钥属于你", "證明上面的公鑰屬於你", "Proof that the key above is yours"),
            ),
            Column("is_owner", Text("是否服务器的主人", "是否伺服器的主人", "Whether you own this server")),
            Column("created_at_ms", Text("加入时间", "加入時間", "When you joined")),
            Column(
                "password_hash",
                Text(
                    "密码的单向摘要，仅在你设了密码时",
                    "密碼的單向摘要，僅在你設了密碼時",
                    "One-way hash of your password, if you set one",
                ),
            ),
            Column(
                "wrapped_account_key",
                Text(
                    "用你的密码锁住的账号密钥，服务器打不开",
                    "用你的密碼鎖住的帳號密鑰，伺服器打不開",
                    "Your account's key locked by your password; the server cannot open it",
                ),
            ),
            Column(
                "suspended_at_ms",
                Text(
                    "管理员停用账号的时间，恢复后即清除",
                    "管理員停用帳號的時間，恢復後即清除",
                    "When the administrator suspended the account; cleared when it is restored",
                ),
            ),
        ),
        "SELECT account_id, name, name_folded, account_key, box_key, box_signature, is_owner, created_at_ms, "
        f"CASE WHEN password_hash IS NULL THEN NULL ELSE {_HELD} END, "
        f"CASE WHEN wrapped_account_key IS NULL THEN NULL ELSE {_HELD} END, suspended_at_ms "
        "FROM account WHERE account_id = ?",
    ),
    Table(
        "device",
        Text("你登录的设备", "你登入的裝置", "Devices you are signed in on"),
        Text(
            "直到账号删除；移除设备后只留公钥和证书，供朋友核对旧消息",
            "直到帳號刪除；移除裝置後只留公鑰和憑證，供朋友核對舊訊息",
            "Until the account is erased; of a removed device only its public key and certificate stay, "
            "so that friends can check older messages",
        ),
        (
            Column("device_id", Text("设备编号", "裝置編號", "Number of the device")),
            _ACCOUNT_ID,
            Column("signature_key", Text("设备的公钥", "裝置的公鑰", "Public key of the device")),
            Column("certificate", Text("证明设备属于你", "證明裝置屬於你", "Proof that the device is yours")),
            Column("created_at_ms", Text("添加时间", "加入時間", "When it was added")),
            Column(
                "label",
                Text("你给设备起的名字，已加密", "你給裝置取的名字，已加密", "What you call it, sealed"),
            ),
            Column(
                "token_hash",
                Text("登录凭据的单向摘要", "登入憑據的單向摘要", "One-way hash of its sign-in token"),
            ),
            Column(
                "last_seen_day",
                Text(
                    "最近使用的日期（只到天）",
                    "最近使用的日期（只到天）",
                    "Day it was last used (only the day)",
                ),
            ),
            Column("removed_at_ms", Text("移除时间", "移除時間", "When it was removed")),
        ),
        "SELECT device_id, account_id, signature_key, certificate, created_at_ms, label, "
        f"CASE WHEN token_hash IS NULL THEN NULL ELSE {_HELD} END, last_seen_day, removed_at_ms "
        "FROM device WHERE account_id = ?",
    ),
    Table(
        "invitation",
        Text("你发出的邀请", "你發出的邀請", "Invitations you made"),
        Text("到期后一天", "到期後一天", "Until a day after it ends"),
        (
            Column("invitation_id", Text("邀请编号", "邀請編號", "Number of the invitation")),
            Column("token_hash", Text("邀请链接的单向摘要", "邀請連結的單向摘要", "One-way hash of the link")),
            Column("kind", Text("邀请种类", "邀請種類", "Kind of invitation")),
            Column(
                "inviter_id",
                Text("邀请人的账号编号", "邀請人的帳號編號", "Number of the account that invites"),
            ),
            Column("uses", Text("已用次数", "已用次數", "How often it was used")),
            Column("uses_max", Text("可用次数", "可用次數", "How often it may be used")),
            Column("created_at_ms", Text("创建时间", "建立時間", "When it was made")),
            _EXPIRES,
            Column("care_mode", Text("是否建议大字版", "是否建議大字版", "Whether it suggests the large layout")),
            Column("language", Text("建议的语言", "建議的語言", "Language it suggests")),
        ),
        f"SELECT invitation_id, {_HELD}, kind, inviter_id, uses, uses_max, created_at_ms, expires_at_ms, care_mode, "
        "language FROM invitation WHERE inviter_id = ?",
    ),
    Table(
        "invitation_use",
        Text(
            "你用过的邀请，用来识别重复的请求",
            "你用過的邀請，用來識別重複的請求",
            "Invitations you used, to recognise a repeated request",
        ),
        Text("邀请到期后一天", "邀請到期後一天", "Until a day after the invitation ends"),
        (Column("invitation_id", Text("邀请编号", "邀請編號", "Number of the invitation")), _ACCOUNT_ID),
        "SELECT invitation_id, account_id FROM invitation_use WHERE account_id = ?",
    ),
    Table(
        "passkey",
        Text("你的通行密钥", "你的通行密鑰", "Your passkeys"),
        Text("直到你删除它或账号", "直到你刪除它或帳號", "Until you remove it, or the account is erased"),
        (
            Column("passkey_id", Text("编号", "編號", "Number")),
            Column("credential_id", Text("浏览器给它的编号", "瀏覽器給它的編號", "What the browser calls it")),
            _ACCOUNT_ID,
            Column("public_key", Text("它的公钥", "它的公鑰", "Its public key")),
            Column(
                "sign_count",
                Text("使用次数，用来发现仿冒", "使用次數，用來發現仿冒", "Its counter, to notice a copy"),
            ),
            Column("label", Text("你给它起的名字，已加密", "你給它取的名字，已加密", "What you call it, sealed")),
            Column(
                "wrapped_account_key",
                Text(
                    "用它锁住的账号密钥，服务器打不开",
                    "用它鎖住的帳號密鑰，伺服器打不開",
                    "Your account's key locked by it; the server cannot open it",
                ),
            ),
            Column("created_at_ms", Text("添加时间", "加入時間", "When it was added")),
        ),
        "SELECT passkey_id, credential_id, account_id, public_key, sign_count, label, "
        f"CASE WHEN wrapped_account_key IS NULL THEN NULL ELSE {_HELD} END, created_at_ms "
        "FROM passkey WHERE account_id = ?",
    ),
    Table(
        "passkey_challenge",
        Text(
            "正在进行的通行密钥登录或添加",
            "正在進行的通行密鑰登入或加入",
            "A passkey being used or added right now",
        ),
        Text("用后即删，最长 5 分钟", "用後即刪，最長 5 分鐘", "Until answered, at most 5 minutes"),
        (
            Column(
                "challenge_hash",
                Text("随机题目的单向摘要", "隨機題目的單向摘要", "One-way hash of a random challenge"),
            ),
            _ACCOUNT_ID,
            _EXPIRES,
        ),
        f"SELECT {_HELD}, account_id, expires_at_ms FROM passkey_challenge WHERE account_id = ?",
    ),
    Table(
        "ticket",
        Text(
            "刚登录、等待添加的设备",
            "剛登入、等待加入的裝置",
            "A device that signed in and is about to be added",
        ),
        Text("10 分钟", "10 分鐘", "10 minutes"),
        (
            Column("ticket_hash", Text("凭据的单向摘要", "憑據的單向摘要", "One-way hash of the ticket")),
            _ACCOUNT_ID,
            Column("device_id", Text("用它添加的设备", "用它加入的裝置", "Device that was added by it")),
            _EXPIRES,
        ),
        f"SELECT {_HELD}, account_id, device_id, expires_at_ms FROM ticket WHERE account_id = ?",
    ),
    Table(
        "device_link",
        Text("新设备显示的二维码", "新裝置顯示的 QR 碼", "The code a new device shows"),
        Text("用后即删，最长 10 分钟", "用後即刪，最長 10 分鐘", "Until used, at most 10 minutes"),
        (
            Column("link_id", Text("二维码编号", "QR 碼編號", "Number of the code")),
            Column(
                "poll_hash",
                Text("新设备凭据的单向摘要", "新裝置憑據的單向摘要", "One-way hash of the new device's secret"),
            ),
            _ACCOUNT_ID,
            Column(
                "sealed",
                Text(
                    "旧设备交给新设备的密封内容，服务器打不开",
                    "舊裝置交給新裝置的密封內容，伺服器打不開",
                    "What the old device hands to the new one; the server cannot open it",
                ),
            ),
            Column("ticket_hash", Text("凭据的单向摘要", "憑據的單向摘要", "One-way hash of the ticket")),
            _EXPIRES,
        ),
        f"SELECT link_id, {_HELD}, account_id, sealed, {_HELD}, expires_at_ms FROM device_link WHERE account_id = ?",
    ),
)
