"""What the server holds about the treasury."""

from hongyan.foundation.inventory import Column, NotOfAPerson, Table
from hongyan.foundation.language import Text

_FOR_EVER = Text("永久，所有成员都能看到", "永久，所有成員都能看到", "For ever, for all members to see")

INVENTORY: tuple[Table, ...] = (
    Table(
        "treasurer",
        Text("谁是司库", "誰是司庫", "Who is a treasurer"),
        Text("直到卸任或账号删除", "直到卸任或帳號刪除", "Until dismissed or the account is erased"),
        (
            Column("account_id", Text("司库的账号编号", "司庫的帳號編號", "Number of the treasurer's account")),
            Column("appointed_at_ms", Text("任命时间", "任命時間", "When she was appointed")),
        ),
        "SELECT account_id, appointed_at_ms FROM treasurer WHERE account_id = ?",
    ),
    Table(
        "treasury_rules",
        Text("司库可以发行多少", "司庫可以發行多少", "How much treasurers may issue"),
        Text("直到更改", "直到更改", "Until changed"),
        (
            Column("one", Text("只有一行", "只有一列", "There is one row")),
            Column("act_max", Text("每次最多", "每次最多", "The most of one act")),
            Column("day_max", Text("每天最多", "每天最多", "The most of a day")),
            Column("alone_max", Text("超过它要两人确认", "超過它要兩人確認", "Above this two people are needed")),
        ),
        NotOfAPerson(Text("属于整个社区。", "屬於整個社群。", "Belongs to the whole community.")),
    ),
    Table(
        "treasury_act",
        Text("司库做过什么，为什么", "司庫做過什麼，為什麼", "What treasurers did, and why"),
        _FOR_EVER,
        (
            Column("seq", Text("序号", "序號", "Its place in the list")),
            Column("id", Text("编号", "編號", "Its number")),
            Column("kind", Text("发行、充值、兑付、冻结等", "發行、加值、兌付、凍結等", "Such as issuing or freezing")),
            Column("treasurer_id", Text("司库的账号编号", "司庫的帳號編號", "Number of the treasurer's account")),
            Column("recipient_id", Text("对象的账号编号", "對象的帳號編號", "Number of the account it is about")),
            Column("amount", Text("金额", "金額", "How much")),
            Column("reason", Text("理由", "理由", "The reason")),
            Column("state", Text("待确认、已完成或被否决", "待確認、已完成或被否決", "Proposed, done or refused")),
            Column(
                "confirmer_id",
                Text("确认或否决的司库", "確認或否決的司庫", "Number of the account that confirmed or refused"),
            ),
            Column("at_ms", Text("提出时间", "提出時間", "When it was proposed")),
            Column("decided_at_ms", Text("完成或否决的时间", "完成或否決的時間", "When it was done or refused")),
        ),
        "SELECT t.seq, t.id, t.kind, t.treasurer_id, t.recipient_id, t.amount, t.reason, t.state, t.confirmer_id, "
        "t.at_ms, t.decided_at_ms FROM treasury_act t JOIN (SELECT CAST(? AS BIGINT) AS id) me "
        "ON me.id IN (t.treasurer_id, t.recipient_id, t.confirmer_id)",
    ),
)
