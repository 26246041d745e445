"""What the server holds of payment codes, why, and for how long."""

from hongyan.foundation.inventory import Column, Table
from hongyan.foundation.language import Text

_YOU = Column("account_id", Text("你的账号编号", "你的帳號編號", "Number of your account"))

INVENTORY: tuple[Table, ...] = (
    Table(
        "pay_key",
        Text("核对你的设备显示的付款码", "核對你的裝置顯示的付款碼", "Checks the payment codes your devices show"),
        Text("直到设备或账号被移除", "直到裝置或帳號被移除", "Until the device or the account is removed"),
        (
            Column("device_id", Text("设备编号", "裝置編號", "Number of the device")),
            _YOU,
            Column("handle", Text("付款码的前十位", "付款碼的前十位", "The first ten digits of its codes")),
            Column(
                "secret",
                Text("生成付款码的密钥，不导出", "產生付款碼的密鑰，不匯出", "What codes are made of; not exported"),
            ),
            Column(
                "used_step",
                Text("最近用掉的付款码属于哪一分钟", "最近用掉的付款碼屬於哪一分鐘", "Minute of the last code used"),
            ),
            Column("made_at_ms", Text("生成时间", "產生時間", "When it was made")),
        ),
        "SELECT device_id, account_id, handle, '', used_step, made_at_ms FROM pay_key WHERE account_id = ?",
    ),
    Table(
        "pay_small",
        Text("你开启了小额免密", "你開啟了小額免密", "That you allowed small amounts without asking"),
        Text("直到你关闭，或账号删除", "直到你關閉，或帳號刪除", "Until you turn it off or leave"),
        (_YOU, Column("since_ms", Text("开启时间", "開啟時間", "Since when"))),
        "SELECT account_id, since_ms FROM pay_small WHERE account_id = ?",
    ),
    Table(
        "pay_claim",
        Text("扫付款码发起的收款", "掃付款碼發起的收款", "What was asked for by scanning a payment code"),
        Text("一天；付了的永久在账本里", "一天；付了的永久在帳本裡", "A day; what was paid is in the ledger for ever"),
        (
            Column("id", Text("收款编号", "收款編號", "Its number")),
            Column("code_hash", Text("付款码的哈希", "付款碼的雜湊", "A hash of the code")),
            Column("payer", Text("付款人的账号编号", "付款人的帳號編號", "Number of the payer's account")),
            Column("payee", Text("收款人的账号编号", "收款人的帳號編號", "Number of the payee's account")),
            Column("asset", Text("币种", "幣種", "Currency")),
            Column("amount", Text("金额", "金額", "How much")),
            Column("state", Text("等待、已付或已拒绝", "等待、已付或已拒絕", "Waiting, paid or refused")),
            Column("made_at_ms", Text("发起时间", "發起時間", "When it was asked for")),
            Column("expires_at_ms", Text("失效时间", "失效時間", "Until when it may be paid")),
        ),
        "SELECT id, code_hash, payer, payee, asset, amount, state, made_at_ms, expires_at_ms FROM pay_claim "
        "WHERE payer = ?",
    ),
)
