"""What the server holds about spending limits."""

from hongyan.foundation.inventory import Column, Table
from hongyan.foundation.language import Text

_YOU = Column("account_id", Text("你的账号编号", "你的帳號編號", "Number of your account"))

INVENTORY: tuple[Table, ...] = (
    Table(
        "spending_limit",
        Text("你给自己设的限额", "你給自己設的限額", "The limits you set yourself"),
        Text("直到账号删除", "直到帳號刪除", "Until the account is erased"),
        (
            _YOU,
            Column("span", Text("每天或每月", "每天或每月", "For a day or a month")),
            Column("limit_minor", Text("限额", "限額", "The limit")),
            Column("next_minor", Text("将要生效的限额", "將要生效的限額", "The limit that is to come")),
            Column("next_at_ms", Text("新限额生效的时间", "新限額生效的時間", "From when that holds")),
        ),
        "SELECT account_id, span, limit_minor, next_minor, next_at_ms FROM spending_limit WHERE account_id = ?",
    ),
    Table(
        "spending",
        Text(
            "你每天一共付了多少，用来核对限额",
            "你每天一共付了多少，用來核對限額",
            "What you paid a day, for the limits",
        ),
        Text("62 天", "62 天", "62 days"),
        (
            _YOU,
            Column("day", Text("日期", "日期", "The day")),
            Column("spent_minor", Text("付了多少", "付了多少", "How much was paid")),
        ),
        "SELECT account_id, day, spent_minor FROM spending WHERE account_id = ?",
    ),
)
