"""What the server holds about family cards."""

from hongyan.foundation.inventory import Column, Table
from hongyan.foundation.language import Text

INVENTORY: tuple[Table, ...] = (
    Table(
        "family_card",
        Text("你给出和收到的亲属卡", "你給出和收到的親屬卡", "Family cards you gave and got"),
        Text("直到一方取消或账号删除", "直到一方取消或帳號刪除", "Until one of you ends it or leaves"),
        (
            Column("payer_id", Text("出钱的人的账号编号", "出錢的人的帳號編號", "Number of the account that pays")),
            Column("user_id", Text("用卡的人的账号编号", "用卡的人的帳號編號", "Number of the account that uses it")),
            Column("limit_minor", Text("每月上限", "每月上限", "The most in a month")),
            Column("month_day", Text("记的是哪个月", "記的是哪個月", "Which month is counted")),
            Column("spent_minor", Text("那个月用了多少", "那個月用了多少", "How much was spent in it")),
            Column("made_at_ms", Text("给出的时间", "給出的時間", "When it was given")),
        ),
        "SELECT c.payer_id, c.user_id, c.limit_minor, c.month_day, c.spent_minor, c.made_at_ms FROM family_card c "
        "JOIN (SELECT CAST(? AS BIGINT) AS id) me ON me.id IN (c.payer_id, c.user_id)",
    ),
)
