"""What the server holds to wake devices, why, and for how long."""

from hongyan.foundation.inventory import Column, NotOfAPerson, Table
from hongyan.foundation.language import Text

_DEVICE_ID = Column("device_id", Text("设备编号", "裝置編號", "Number of the device"))

INVENTORY: tuple[Table, ...] = (
    Table(
        "push_subscription",
        Text(
            "你的设备离线时，怎样提醒它有新消息",
            "你的裝置離線時，怎樣提醒它有新訊息",
            "How to tell a device of yours that is away that something came",
        ),
        Text(
            "直到你关闭新消息通知、移除设备，或推送服务说它已失效",
            "直到你關閉新訊息通知、移除裝置，或推播服務說它已失效",
            "Until you switch notifications off, the device is removed, or the push service says it is gone",
        ),
        (
            _DEVICE_ID,
            Column("account_id", Text("账号编号", "帳號編號", "Number of the account")),
            Column(
                "endpoint",
                Text(
                    "浏览器的推送服务给这台设备的地址",
                    "瀏覽器的推播服務給這台裝置的位址",
                    "Where your browser's push service takes wake-ups for the device",
                ),
            ),
            Column(
                "device_key",
                Text(
                    "加密提醒用的公钥，由你的浏览器生成",
                    "加密提醒用的公鑰，由你的瀏覽器產生",
                    "Public key of your browser to which wake-ups are encrypted",
                ),
            ),
            Column(
                "auth_secret",
                Text(
                    "浏览器认出提醒用的密值",
                    "瀏覽器認出提醒用的密值",
                    "By which your browser knows wake-ups to be genuine",
                ),
            ),
            Column(
                "woken_seq",
                Text("已提醒到的消息序号", "已提醒到的訊息序號", "Number of the newest mail it was woken for"),
            ),
            Column("failures", Text("连续提醒失败的次数", "連續提醒失敗的次數", "Wake-ups in a row that failed")),
            Column("last_failure", Text("失败的种类", "失敗的種類", "In what way the last one failed")),
        ),
        "SELECT device_id, account_id, endpoint, device_key, auth_secret, woken_seq, failures, last_failure "
        "FROM push_subscription WHERE account_id = ?",
    ),
    Table(
        "push_muted",
        Text(
            "哪些免打扰的聊天不用提醒离线的设备",
            "哪些免打擾的聊天不用提醒離線的裝置",
            "Muted chats for which a device that is away is not woken",
        ),
        Text(
            "直到你取消免打扰或移除设备", "直到你取消免打擾或移除裝置", "Until you unmute it or the device is removed"
        ),
        (_DEVICE_ID, Column("group_id", Text("聊天的编号", "聊天的編號", "Number of the chat"))),
        "SELECT m.device_id, m.group_id FROM push_muted m JOIN push_subscription s ON s.device_id = m.device_id "
        "WHERE s.account_id = ?",
    ),
    Table(
        "push_key",
        Text(
            "几台服务器一起运行时，它们共用的推送公钥",
            "幾台伺服器一起執行時，它們共用的推播公鑰",
            "Where several servers run together: the public key for push that they share",
        ),
        Text("永久", "永久", "For ever"),
        (
            Column("id", Text("固定为 1", "固定為 1", "Always 1")),
            Column(
                "public_key", Text("推送密钥的公开部分", "推播密鑰的公開部分", "The public half of the key for push")
            ),
        ),
        NotOfAPerson(Text("整台服务器只有一行。", "整台伺服器只有一列。", "One row for the whole server.")),
    ),
)
