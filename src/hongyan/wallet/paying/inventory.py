"""What the server holds of paying, why, and for how long."""

from hongyan.foundation.inventory import Column, Table
from hongyan.foundation.language import Text

_FOR_EVER = Text("永久，和账本一样", "永久，和帳本一樣", "For ever, as the ledger")

INVENTORY: tuple[Table, ...] = (
    Table(
        "receive_code",
        Text("你的收款码", "你的收款碼", "Your code to be paid by"),
        Text("直到你更换，或账号删除", "直到你更換，或帳號刪除", "Until you change it or leave"),
        (
            Column("account_id", Text("你的账号编号", "你的帳號編號", "Number of your account")),
            Column("token", Text("收款码的内容", "收款碼的內容", "What the code says")),
            Column("made_at_ms", Text("生成时间", "產生時間", "When it was made")),
        ),
        "SELECT account_id, token, made_at_ms FROM receive_code WHERE account_id = ?",
    ),
    Table(
        "collection",
        Text(
            "你发起的收款（不含用途）",
            "你發起的收款（不含用途）",
            "What you asked others for, without what it is for",
        ),
        _FOR_EVER,
        (
            Column("id", Text("收款编号", "收款編號", "Its number")),
            Column("creator", Text("你的账号编号", "你的帳號編號", "Number of your account")),
            Column("asset", Text("币种", "幣種", "Currency")),
            Column("made_at_ms", Text("发起时间", "發起時間", "When you asked")),
            Column("closed_at_ms", Text("结束时间", "結束時間", "When you ended it")),
        ),
        "SELECT id, creator, asset, made_at_ms, closed_at_ms FROM collection WHERE creator = ?",
    ),
    Table(
        "collection_part",
        Text("别人向你收的款", "別人向你收的款", "What others asked you for"),
        _FOR_EVER,
        (
            Column("collection_id", Text("收款编号", "收款編號", "Which collection")),
            Column("account_id", Text("你的账号编号", "你的帳號編號", "Number of your account")),
            Column("amount", Text("金额", "金額", "How much")),
            Column("paid_at_ms", Text("付款时间", "付款時間", "When you paid")),
        ),
        "SELECT collection_id, account_id, amount, paid_at_ms FROM collection_part WHERE account_id = ?",
    ),
)
