"""What the server holds of mail, groups and key packages, why, and for how long."""

from hongyan.foundation.inventory import Column, NotOfAPerson, Table
from hongyan.foundation.language import Text

_DEVICE_ID = Column("device_id", Text("设备编号", "裝置編號", "Number of the device"))
_ACCOUNT_ID = Column("account_id", Text("账号编号", "帳號編號", "Number of the account"))
_GROUP_ID = Column("group_id", Text("聊天的编号", "聊天的編號", "Number of the chat"))
_UNTIL_FETCHED = Text(
    "所有收件设备取走即删，最长 30 天",
    "所有收件裝置取走即刪，最長 30 天",
    "Until every receiving device has it, at most 30 days",
)
# The one place that reads another feature's table: a device may have mail before it has a mailbox.
_MY_DEVICES = "(SELECT device_id FROM device WHERE account_id = ?)"

INVENTORY: tuple[Table, ...] = (
    Table(
        "mail_clock",
        Text("邮件的总序号", "郵件的總序號", "The running number of all mail"),
        Text("永久", "永久", "For ever"),
        (
            Column("id", Text("固定为 1", "固定為 1", "Always 1")),
            Column("seq", Text("最新的序号", "最新的序號", "The newest number given out")),
        ),
        NotOfAPerson(Text("整台服务器只有一个数字。", "整台伺服器只有一個數字。", "One number for the whole server.")),
    ),
    Table(
        "mail_found_old",
        Text("到期邮件的记录", "到期郵件的紀錄", "What mail was found too old"),
        Text("永久", "永久", "For ever"),
        (
            Column("id", Text("固定为 1", "固定為 1", "Always 1")),
            Column("seq", Text("到此序号为止已过期", "到此序號為止已過期", "The number up to which it was too old")),
            Column("looks", Text("连续查到的次数", "連續查到的次數", "At how many looks in a row")),
        ),
        NotOfAPerson(Text("整台服务器只有一行。", "整台伺服器只有一列。", "One row for the whole server.")),
    ),
    Table(
        "body",
        Text(
            "路上的消息：服务器打不开的密文",
            "路上的訊息：伺服器打不開的密文",
            "Messages on their way: ciphertext that the server cannot open",
        ),
        _UNTIL_FETCHED,
        (
            Column("seq", Text("序号", "序號", "Running number")),
            Column("kind", Text("邮件种类", "郵件種類", "Kind of mail")),
            _GROUP_ID,
            Column("sender", Text("寄出的设备编号", "寄出的裝置編號", "Number of the sending device")),
            Column(
                "no",
                Text("寄出设备自己的编号", "寄出裝置自己的編號", "The sending device's own number for it"),
            ),
            Column("received_at_ms", Text("服务器收到的时间", "伺服器收到的時間", "When the server got it")),
            Column("bytes", Text("密文", "密文", "The ciphertext")),
            Column(
                "pending",
                Text("还没取走的设备数", "還沒取走的裝置數", "How many devices have not fetched it yet"),
            ),
            Column(
                "urgency",
                Text(
                    "是否要提醒不在线的设备", "是否要提醒不在線的裝置", "Whether devices that are away are woken for it"
                ),
            ),
        ),
        "SELECT seq, kind, group_id, sender, no, received_at_ms, bytes, pending, urgency FROM body WHERE seq IN "  # noqa: S608 - constants only
        f"(SELECT seq FROM mail WHERE device_id IN {_MY_DEVICES})",
    ),
    Table(
        "mail",
        Text("哪些消息在等你的哪台设备", "哪些訊息在等你的哪台裝置", "Which message waits for which device of yours"),
        _UNTIL_FETCHED,
        (
            _DEVICE_ID,
            Column("seq", Text("等着的消息的序号", "等著的訊息的序號", "Number of the waiting message")),
            Column("sole", Text("是否唯一的收件设备", "是否唯一的收件裝置", "Whether it is the only receiving device")),
        ),
        f"SELECT device_id, seq, sole FROM mail WHERE device_id IN {_MY_DEVICES}",  # noqa: S608 - constants only
    ),
    Table(
        "mailbox",
        Text(
            "每台设备的收发进度，用来不丢也不重复消息",
            "每台裝置的收發進度，用來不丟也不重複訊息",
            "How far each device has sent and received, so that nothing is lost or doubled",
        ),
        Text("直到设备移除", "直到裝置移除", "Until the device is removed"),
        (
            _DEVICE_ID,
            _ACCOUNT_ID,
            Column("acked", Text("已取走到的序号", "已取走到的序號", "Number up to which mail was fetched")),
            Column("highest_no", Text("寄出的最大编号", "寄出的最大編號", "Highest number it has sent")),
            Column(
                "accepted",
                Text(
                    "最近 128 个编号收下与否", "最近 128 個編號收下與否", "Which of the 128 numbers below were accepted"
                ),
            ),
        ),
        "SELECT device_id, account_id, acked, highest_no, accepted FROM mailbox WHERE account_id = ?",
    ),
    Table(
        "mls_group",
        Text("聊天的密钥轮次，没有名称和内容", "聊天的密鑰輪次，沒有名稱和內容", "Chats: no name, no content"),
        Text("直到所有设备离开", "直到所有裝置離開", "Until the last device leaves"),
        (
            _GROUP_ID,
            Column("epoch", Text("密钥轮次", "密鑰輪次", "Which round of keys it is in")),
            Column("accounts_peak", Text("最多时的人数", "最多時的人數", "The most people it ever had")),
        ),
        "SELECT group_id, epoch, accounts_peak FROM mls_group WHERE group_id IN "
        "(SELECT group_id FROM member WHERE account_id = ?)",
    ),
    Table(
        "group_info",
        Text(
            "设备重新加入聊天所需的公开资料",
            "裝置重新加入聊天所需的公開資料",
            "Public data by which a device of a member can join again",
        ),
        Text(
            "直到下一次成员变动或所有设备离开",
            "直到下一次成員變動或所有裝置離開",
            "Until it changes or the last device leaves",
        ),
        (
            Column("id", Text("编号", "編號", "Number")),
            _GROUP_ID,
            Column("bytes", Text("公开资料", "公開資料", "The public data")),
        ),
        "SELECT id, group_id, bytes FROM group_info WHERE group_id IN "
        "(SELECT group_id FROM member WHERE account_id = ?)",
    ),
    Table(
        "member",
        Text("你的哪台设备在哪个聊天里", "你的哪台裝置在哪個聊天裡", "Which device of yours is in which chat"),
        Text("直到设备离开聊天", "直到裝置離開聊天", "Until the device leaves the chat"),
        (_GROUP_ID, _DEVICE_ID, _ACCOUNT_ID),
        "SELECT group_id, device_id, account_id FROM member WHERE account_id = ?",
    ),
    Table(
        "key_package",
        Text(
            "别人把你的设备加入聊天所需的公钥",
            "別人把你的裝置加入聊天所需的公鑰",
            "Public keys by which others add your device to a chat",
        ),
        Text("给出即删，最长 90 天", "給出即刪，最長 90 天", "Until given out, at most 90 days"),
        (
            Column("id", Text("编号", "編號", "Number")),
            _DEVICE_ID,
            _ACCOUNT_ID,
            Column(
                "package_hash",
                Text(
                    "公钥的摘要，防止同一把给出两次",
                    "公鑰的摘要，防止同一把給出兩次",
                    "Its hash, so that the same one is never given out twice",
                ),
            ),
            Column("package", Text("公钥，给出后为空", "公鑰，給出後為空", "The public keys; empty once given out")),
            Column("last_resort", Text("是否备用", "是否備用", "Whether it is the reserve")),
            Column("published_at_ms", Text("上传时间", "上傳時間", "When it was uploaded")),
        ),
        "SELECT id, device_id, account_id, package_hash, package, last_resort, published_at_ms "
        "FROM key_package WHERE account_id = ?",
    ),
    Table(
        "join_request",
        Text(
            "你申请加入的群聊：让任何一位群成员可以把你拉进群",
            "你申請加入的群聊：讓任何一位群成員可以把你拉進群",
            "Groups you asked to join, so that any member may add you",
        ),
        Text(
            "直到进群或撤回，最长 7 天", "直到進群或撤回，最長 7 天", "Until you are in or take it back, at most 7 days"
        ),
        (
            _GROUP_ID,
            _ACCOUNT_ID,
            Column("at_ms", Text("申请时间", "申請時間", "When you asked")),
        ),
        "SELECT group_id, account_id, at_ms FROM join_request WHERE account_id = ?",
    ),
)
