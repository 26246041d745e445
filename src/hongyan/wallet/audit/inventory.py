"""What the audit's tables hold, why, and for how long."""

from hongyan.foundation.inventory import Column, NotOfAPerson, Table
from hongyan.foundation.language import Text

_FOR_EVER = Text("永久", "永久", "For ever")
_BOOKS = NotOfAPerson(
    Text(
        "整个账本的校验值，不属于任何人。",
        "整個帳本的校驗值，不屬於任何人。",
        "Of the books as a whole; about no person.",
    )
)

INVENTORY: tuple[Table, ...] = (
    Table(
        "ledger_node",
        Text("账本校验树的中间结果", "帳本校驗樹的中間結果", "Inner nodes of the tree that makes changes evident"),
        _FOR_EVER,
        (
            Column("level", Text("在第几层", "在第幾層", "Its level")),
            Column("place", Text("在这一层的第几个", "在這一層的第幾個", "Its place in the level")),
            Column("hash", Text("校验值", "校驗值", "Its hash")),
        ),
        _BOOKS,
    ),
    Table(
        "ledger_checkpoint",
        Text("账本每次的签名", "帳本每次的簽名", "Each signature of the books"),
        _FOR_EVER,
        (
            Column("size", Text("签到第几笔", "簽到第幾筆", "How many transfers it covers")),
            Column("root", Text("这些记录的校验值", "這些記錄的校驗值", "The hash over them")),
            Column("at_ms", Text("签名时间", "簽名時間", "When it was signed")),
            Column("key", Text("服务器的公钥", "伺服器的公鑰", "The server's public key")),
            Column("signature", Text("签名", "簽名", "The signature")),
        ),
        _BOOKS,
    ),
)
