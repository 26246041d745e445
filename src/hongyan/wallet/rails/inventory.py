"""What the server holds about rails."""

from hongyan.foundation.inventory import Column, Table
from hongyan.foundation.language import Text

_RAIL = Column("rail", Text("通过哪条渠道", "透過哪條管道", "By which rail"))

INVENTORY: tuple[Table, ...] = (
    Table(
        "rail_charge",
        Text("你用银行卡等渠道充值", "你用銀行卡等管道儲值", "What you paid in by card or another rail"),
        Text("直到账号注销", "直到帳號註銷", "As long as the account"),
        (
            Column("id", Text("充值编号", "儲值編號", "Number of the charge")),
            Column("account_id", Text("你的账号编号", "你的帳號編號", "Number of your account")),
            _RAIL,
            Column("ext_id", Text("渠道那边的编号", "管道那邊的編號", "What the rail calls it")),
            Column("amount", Text("金额", "金額", "How much")),
            Column("currency", Text("用什么货币付的", "用什麼貨幣付的", "In which currency")),
            Column("state", Text("进行到哪一步", "進行到哪一步", "How it stands")),
            Column("said", Text("渠道说的与要求不符之处", "管道說的與要求不符之處", "What was odd about it")),
            Column("made_at_ms", Text("开始时间", "開始時間", "When it began")),
            Column("asked_at_ms", Text("上次询问渠道的时间", "上次詢問管道的時間", "When the rail was asked last")),
            Column("ended_at_ms", Text("结束时间", "結束時間", "When it ended")),
        ),
        "SELECT id, account_id, rail, ext_id, amount, currency, state, said, made_at_ms, asked_at_ms, ended_at_ms "
        "FROM rail_charge WHERE account_id = ?",
    ),
    Table(
        "rail_event",
        Text("渠道发来的关于你充值的消息", "管道發來的關於你儲值的訊息", "What rails told of your charges"),
        Text("90 天", "90 天", "90 days"),
        (
            _RAIL,
            Column("ext_id", Text("消息编号", "訊息編號", "Number of the message")),
            Column("kind", Text("消息种类", "訊息種類", "Its kind")),
            Column("charge_id", Text("充值编号", "儲值編號", "Number of the charge")),
            Column("at_ms", Text("收到时间", "收到時間", "When it came")),
        ),
        "SELECT e.rail, e.ext_id, e.kind, e.charge_id, e.at_ms FROM rail_event e "
        "JOIN rail_charge c ON c.id = e.charge_id WHERE c.account_id = ?",
    ),
)
