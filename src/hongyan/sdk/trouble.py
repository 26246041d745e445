"""What a program that uses the SDK can be told has gone wrong: a stable code, and what to do in three languages."""

from typing import Final

from hongyan.sdk.words import Text

SENTENCES: Final[dict[str, Text]] = {
    "server_unreachable": Text(
        "连不上服务器。请检查地址和网络，稍后再试。",
        "連不上伺服器。請檢查地址和網路，稍後再試。",
        "The server cannot be reached. Check the address and the network, then try again.",
    ),
    "account_suspended": Text(
        "管理员停用了这个账号。本机的数据都在，恢复后会自动连上；请联系管理员。",
        "管理員停用了這個帳號。本機的資料都在，恢復後會自動連上；請聯絡管理員。",
        "The administrator suspended this account. Nothing here is lost, and it connects by itself once it is "
        "restored; ask the administrator.",
    ),
    "wrong_server": Text(
        "这个地址上没有鸿雁服务器，或者版本不合。请检查链接里的地址。",
        "這個地址上沒有鴻雁伺服器，或者版本不合。請檢查連結裡的地址。",
        "There is no Hongyan server of this version at that address. Check the address in the link.",
    ),
    "link_malformed": Text(
        "这不是鸿雁的链接。请把整个链接复制过来。",
        "這不是鴻雁的連結。請把整個連結複製過來。",
        "That is not a Hongyan link. Copy the whole link.",
    ),
    "invitation_unknown": Text(
        "这个邀请无效。请向邀请您的人再要一个。",
        "這個邀請無效。請向邀請您的人再要一個。",
        "This invitation is not valid. Ask whoever invited you for another one.",
    ),
    "invitation_used": Text(
        "这个邀请已经用完了。请再要一个。",
        "這個邀請已經用完了。請再要一個。",
        "This invitation has been used up. Ask for another one.",
    ),
    "invitation_expired": Text(
        "这个邀请已经过期。请再要一个。",
        "這個邀請已經過期。請再要一個。",
        "This invitation has expired. Ask for another one.",
    ),
    "name_taken": Text(
        "这个名字已经有人用了，请换一个。", "這個名字已經有人用了，請換一個。", "This name is taken. Choose another."
    ),
    "name_malformed": Text(
        "名字要 1 到 32 个字，可以用汉字、字母、数字和 _ . -",
        "名字要 1 到 32 個字，可以用漢字、字母、數字和 _ . -",
        "A name has 1 to 32 characters: letters, digits, Chinese characters and _ . -",
    ),
    "person_unknown": Text("找不到这个人。", "找不到這個人。", "There is nobody of this name."),
    "too_many_tries": Text(
        "试得太多了，请过一会儿再试。", "試得太多了，請過一會兒再試。", "Too many tries. Wait a while."
    ),
    "state_in_use": Text(
        "这个状态文件夹正被另一个程序使用。请先停止那个程序，或换一个文件夹。",
        "這個狀態資料夾正被另一個程式使用。請先停止那個程式，或換一個資料夾。",
        "This state folder is in use by another process. Stop that one first, or use another folder.",
    ),
    "state_damaged": Text(
        "状态文件已经损坏，无法打开。请从备份恢复它；没有备份，就换一个空文件夹，用新的邀请加入。",
        "狀態檔案已經損壞，無法打開。請從備份還原它；沒有備份，就換一個空資料夾，用新的邀請加入。",
        "The state file is damaged. Restore it from a backup; without one, join anew in an empty folder.",
    ),
    "state_newer": Text(
        "状态文件是更新版本的程序写的。请先升级 hongyan。",
        "狀態檔案是較新版本的程式寫的。請先升級 hongyan。",
        "The state was written by a newer version. Upgrade hongyan first.",
    ),
    "disk_full": Text(
        "磁盘满了，腾出空间后会自动继续。",
        "磁碟滿了，騰出空間後會自動繼續。",
        "The disk is full. It goes on once there is room.",
    ),
    "wrong_key": Text(
        "密码或密钥文件不对，状态打不开。",
        "密碼或金鑰檔案不對，狀態打不開。",
        "The passphrase or key file is not the one this state was locked with.",
    ),
    "key_file_open": Text(
        "密钥文件别人也能读。请运行 chmod 600，只让自己能读。",
        "金鑰檔案別人也能讀。請執行 chmod 600，只讓自己能讀。",
        "Others can read the key file. Run chmod 600 on it.",
    ),
    "key_file_missing": Text(
        "找不到密钥文件。没有它，状态打不开。",
        "找不到金鑰檔案。沒有它，狀態打不開。",
        "The key file is missing. The state cannot be opened without it.",
    ),
    "not_joined": Text(
        "还没有加入任何服务器。请先用邀请链接加入。",
        "還沒有加入任何伺服器。請先用邀請連結加入。",
        "Nobody has joined from this folder yet. Join with an invitation link first.",
    ),
    "device_gone": Text(
        "服务器已经不认得这台设备：它被移除了。请换一个空文件夹，用新的邀请加入。",
        "伺服器已經不認得這台裝置：它被移除了。請換一個空資料夾，用新的邀請加入。",
        "The server no longer knows this device: it was removed. Join anew in an empty folder.",
    ),
    "no_consent": Text("你们还不是好友。", "你們還不是好友。", "You are not friends."),
    "not_a_member": Text("已经不在这个聊天里了。", "已經不在這個聊天裡了。", "No longer in this chat."),
    "not_allowed": Text("群规则不允许这样做。", "群組規則不允許這樣做。", "The rules of this group do not allow that."),
    "group_full": Text("群已经满了。", "群組已經滿了。", "The group is full."),
    "link_expired": Text("这个链接已经过期。", "這個連結已經過期。", "This link has expired."),
    "too_long": Text("内容太长了。", "內容太長了。", "That is too long."),
    "file_too_large": Text("文件不能超过 200 MB。", "檔案不能超過 200 MB。", "A file may have 200 MB at most."),
    "file_missing": Text("找不到这个文件。", "找不到這個檔案。", "There is no such file."),
    "media_gone": Text("服务器上已经没有这个文件了。", "伺服器上已經沒有這個檔案了。", "The file is gone."),
    "media_damaged": Text("收到的文件不对，已经丢弃。", "收到的檔案不對，已經丟棄。", "The file is not what was sent."),
    "media_full": Text("服务器上的空间用完了。", "伺服器上的空間用完了。", "Your space on the server is used up."),
    "storage_full": Text(
        "服务器的磁盘满了，稍后会自动再试。",
        "伺服器的磁碟滿了，稍後會自動再試。",
        "The server's disk is full; it will be tried again.",
    ),
    "message_unknown": Text("找不到这条消息。", "找不到這條訊息。", "There is no such message here."),
    "too_late": Text("超过两分钟，不能再改了。", "超過兩分鐘，不能再改了。", "It is too late to change that."),
    "needs_signed_commits": Text(
        "这里用的加密组件不能签署群规则。请在手机或网页里更改。",
        "這裡用的加密元件不能簽署群組規則。請在手機或網頁裡更改。",
        "The MLS library in use cannot sign a group's rules. Change them in the app.",
    ),
    "refused": Text("服务器拒绝了这个请求。", "伺服器拒絕了這個請求。", "The server refused this."),
}


class Trouble(Exception):
    """Something the program, or the person behind it, can do something about."""

    def __init__(self, code: str, retry_after_s: float | None = None) -> None:
        super().__init__(code)
        assert code in SENTENCES, code
        self.code = code
        self.retry_after_s = retry_after_s

    @property
    def text(self) -> Text:
        return SENTENCES[self.code]

    def __str__(self) -> str:
        return str(self.text)
