"""What the server holds about who knows whom, why, and for how long."""

from hongyan.foundation.inventory import Column, Table
from hongyan.foundation.language import Text

_GREETING = Text(
    "密封的问候，服务器打不开", "密封的問候，伺服器打不開", "The greeting, sealed; the server cannot open it"
)
_YOU = Column("account_id", Text("你的账号编号", "你的帳號編號", "Number of your account"))

INVENTORY: tuple[Table, ...] = (
    Table(
        "friendship",
        Text(
            "你的朋友，用来只让朋友给你发消息",
            "你的朋友，用來只讓朋友傳訊息給你",
            "Your friends, so that only they can write to you",
        ),
        Text(
            "直到一方删除好友或账号；问候只留 30 天",
            "直到一方刪除好友或帳號；問候只留 30 天",
            "Until one of you ends it or leaves; the greeting for 30 days",
        ),
        (
            _YOU,
            Column("friend_id", Text("朋友的账号编号", "朋友的帳號編號", "Number of the friend's account")),
            Column("since_ms", Text("成为朋友的时间", "成為朋友的時間", "When you became friends")),
            Column("greeting", _GREETING),
        ),
        "SELECT account_id, friend_id, since_ms, greeting FROM friendship WHERE account_id = ?",
    ),
    Table(
        "friend_request",
        Text("你发出和收到的好友申请", "你發出和收到的好友申請", "Friend requests you sent and got"),
        Text("直到成为朋友，最长 30 天", "直到成為朋友，最長 30 天", "Until you are friends, at most 30 days"),
        (
            Column("from_id", Text("申请人的账号编号", "申請人的帳號編號", "Number of the account that asks")),
            Column("to_id", Text("对方的账号编号", "對方的帳號編號", "Number of the account that is asked")),
            Column("greeting", _GREETING),
            Column("at_ms", Text("申请时间", "申請時間", "When it was sent")),
            Column(
                "shown",
                Text("是否显示给被申请的人", "是否顯示給被申請的人", "Whether it is shown to the one asked"),
            ),
            Column(
                "declined",
                Text("被申请的人是否拒绝了", "被申請的人是否拒絕了", "Whether the one asked has declined it"),
            ),
        ),
        # What the other decided about one's own request is hers, and requests one was spared stay so.
        "SELECT r.from_id, r.to_id, r.greeting, r.at_ms, CASE WHEN r.to_id = me.id THEN r.shown ELSE NULL END, "
        "CASE WHEN r.to_id = me.id THEN r.declined ELSE NULL END "
        "FROM friend_request r JOIN (SELECT CAST(? AS BIGINT) AS id) me "
        "ON r.from_id = me.id OR (r.to_id = me.id AND r.shown = 1)",
    ),
    Table(
        "block",
        Text("你拉黑的人", "你封鎖的人", "People you block"),
        Text("直到你取消，或一方删除账号", "直到你取消，或一方刪除帳號", "Until you lift it, or one of you leaves"),
        (
            _YOU,
            Column("blocked_id", Text("对方的账号编号", "對方的帳號編號", "Number of the account you block")),
            Column("at_ms", Text("拉黑时间", "封鎖時間", "When you blocked it")),
        ),
        "SELECT account_id, blocked_id, at_ms FROM block WHERE account_id = ?",
    ),
    Table(
        "contact_rules",
        Text("你允许别人怎样加你为朋友", "你允許別人怎樣加你為朋友", "How you may be asked to be friends"),
        Text("直到账号删除", "直到帳號刪除", "Until the account is erased"),
        (
            _YOU,
            Column("by_name", Text("是否可以按名字", "是否可以按名字", "Whether by your name")),
            Column("by_code", Text("是否可以扫二维码", "是否可以掃二維碼", "Whether by your QR code")),
            Column("by_group", Text("是否可以从群聊", "是否可以從群聊", "Whether from a common group")),
        ),
        "SELECT account_id, by_name, by_code, by_group FROM contact_rules WHERE account_id = ?",
    ),
)
