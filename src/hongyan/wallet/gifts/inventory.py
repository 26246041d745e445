"""What the server holds of gifts, why, and for how long."""

from hongyan.foundation.inventory import Column, Table
from hongyan.foundation.language import Text

_FOR_EVER = Text(
    "永久，和账本一样，以便随时核对",
    "永久，和帳本一樣，以便隨時核對",
    "For ever, as the ledger, so that it can be checked at any time",
)

INVENTORY: tuple[Table, ...] = (
    Table(
        "packet",
        Text(
            "你发的红包的金额（不含祝福语）",
            "你發的紅包的金額（不含祝福語）",
            "The money of red packets you sent, without the greeting",
        ),
        _FOR_EVER,
        (
            Column("id", Text("红包编号", "紅包編號", "Number of the packet")),
            Column("sender", Text("你的账号编号", "你的帳號編號", "Number of your account")),
            Column("asset", Text("币种", "幣種", "Currency")),
            Column("kind", Text("拼手气、普通或专属", "拼手氣、普通或專屬", "Lucky, equal, or for one person")),
            Column("total", Text("总金额", "總金額", "How much in all")),
            Column("shares", Text("红包个数", "紅包個數", "How many shares")),
            Column("secret_hash", Text("领取凭证的校验值", "領取憑證的校驗值", "Checks the right to open it")),
            Column(
                "salt", Text("结束前保密的随机数", "結束前保密的隨機數", "Random bytes, kept back until it has ended")
            ),
            Column(
                "commitment", Text("证明金额没有改过", "證明金額沒有改過", "Proves that the shares were not changed")
            ),
            Column("made_at_ms", Text("发出时间", "發出時間", "When it was sent")),
            Column("expires_at_ms", Text("退回时间", "退回時間", "When the rest goes back")),
            Column("taken", Text("已领个数", "已領個數", "How many were taken")),
            Column("ended_at_ms", Text("结束时间", "結束時間", "When it ended")),
        ),
        "SELECT id, sender, asset, kind, total, shares, secret_hash, salt, commitment, made_at_ms, expires_at_ms, "
        "taken, ended_at_ms FROM packet WHERE sender = ? AND ended_at_ms IS NOT NULL",
    ),
    Table(
        "packet_share",
        Text("你领到的红包", "你領到的紅包", "Shares of red packets that you took"),
        _FOR_EVER,
        (
            Column("packet_id", Text("红包编号", "紅包編號", "Number of the packet")),
            Column("place", Text("第几个领", "第幾個領", "Its place among the shares")),
            Column("amount", Text("金额", "金額", "How much")),
            Column("taker", Text("领取人的账号编号", "領取人的帳號編號", "Number of the account that took it")),
            Column("taken_at_ms", Text("领取时间", "領取時間", "When it was taken")),
        ),
        "SELECT packet_id, place, amount, taker, taken_at_ms FROM packet_share WHERE taker = ?",
    ),
)
