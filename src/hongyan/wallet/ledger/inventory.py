"""What the ledger's tables hold, why, and for how long."""

from hongyan.foundation.inventory import Column, NotOfAPerson, Table
from hongyan.foundation.language import Text

_FOR_EVER = Text(
    "永久：账本里的记录不能改，也不能删",
    "永久：帳本裡的記錄不能改，也不能刪",
    "For ever: nothing in the ledger is changed or erased",
)
_MACHINERY = NotOfAPerson(
    Text(
        "整个账本的状态，不属于任何人。", "整個帳本的狀態，不屬於任何人。", "Of the ledger as a whole; about no person."
    )
)
_MINE = "(SELECT a.id FROM ledger_account a WHERE a.owner = me.id AND a.holder IN (1, 5))"

INVENTORY: tuple[Table, ...] = (
    Table(
        "ledger_account",
        Text("你的钱包里有多少钱", "你的錢包裡有多少錢", "How much is in your wallet"),
        _FOR_EVER,
        (
            Column("id", Text("账户编号", "帳戶編號", "Number of the account in the ledger")),
            Column("holder", Text("账户种类", "帳戶種類", "Kind of account")),
            Column("owner", Text("你的账号编号", "你的帳號編號", "Number of your account")),
            Column("asset", Text("币种", "幣種", "Currency")),
            Column("no_overdraft", Text("是否不许透支", "是否不許透支", "Whether it may not be overdrawn")),
            Column("frozen", Text("是否冻结", "是否凍結", "Whether it is frozen")),
            Column("closed", Text("是否关闭", "是否關閉", "Whether it is closed")),
            Column("debits_pending", Text("正在付出、还没有完成的", "正在付出、還沒有完成的", "Held to be paid out")),
            Column("credits_pending", Text("正在收入、还没有完成的", "正在收入、還沒有完成的", "On its way in")),
            Column("debits_posted", Text("一共付出", "一共付出", "Paid out in all")),
            Column("credits_posted", Text("一共收入", "一共收入", "Received in all")),
            Column("opened_at_ms", Text("开户时间", "開戶時間", "When it was opened")),
        ),
        "SELECT id, holder, owner, asset, no_overdraft, frozen, closed, debits_pending, credits_pending, "
        "debits_posted, credits_posted, opened_at_ms FROM ledger_account WHERE owner = ? AND holder IN (1, 5)",
    ),
    Table(
        "transfer",
        Text("你的每一笔收支", "你的每一筆收支", "What you paid and received"),
        _FOR_EVER,
        (
            Column("seq", Text("账本里的序号", "帳本裡的序號", "Its place in the ledger")),
            Column("id", Text("这一笔的编号", "這一筆的編號", "Number of the transfer")),
            Column("kind", Text("已完成、待完成或已取消", "已完成、待完成或已取消", "Done, held, or let go")),
            Column("debit", Text("付款账户", "付款帳戶", "Account that pays")),
            Column("credit", Text("收款账户", "收款帳戶", "Account that receives")),
            Column("amount", Text("金额", "金額", "How much")),
            Column("asset", Text("币种", "幣種", "Currency")),
            Column(
                "code",
                Text("用途，如转账、红包", "用途，如轉帳、紅包", "What it was for, such as a red packet"),
            ),
            Column("group_id", Text("属于哪一次操作", "屬於哪一次操作", "Which act it belongs to")),
            Column("pending_id", Text("完成或取消了哪一笔", "完成或取消了哪一筆", "Which held transfer it ended")),
            Column("expires_at_ms", Text("到期时间", "到期時間", "Until when it is held")),
            Column("at_ms", Text("时间", "時間", "When")),
            Column("hash", Text("防篡改的校验值", "防竄改的校驗值", "What makes a change evident")),
        ),
        "SELECT t.seq, t.id, t.kind, t.debit, t.credit, t.amount, t.asset, t.code, t.group_id, t.pending_id, "  # noqa: S608
        "t.expires_at_ms, t.at_ms, t.hash FROM transfer t JOIN (SELECT CAST(? AS BIGINT) AS id) me "
        f"ON t.debit IN {_MINE} OR t.credit IN {_MINE}",
    ),
    Table(
        "transfer_open",
        Text("还没有完成的转账", "還沒有完成的轉帳", "Transfers that are still held"),
        Text("直到完成、退回或到期", "直到完成、退回或到期", "Until they are posted, returned or expired"),
        (
            Column("id", Text("这一笔的编号", "這一筆的編號", "Number of the transfer")),
            Column("expires_at_ms", Text("到期时间", "到期時間", "Until when it is held")),
        ),
        _MACHINERY,
    ),
    Table(
        "ledger_head",
        Text("账本最新的一笔", "帳本最新的一筆", "The newest transfer of the ledger"),
        _FOR_EVER,
        (
            Column("one", Text("总是 1", "總是 1", "Always 1")),
            Column("seq", Text("最新的序号", "最新的序號", "Its place")),
            Column("hash", Text("最新的校验值", "最新的校驗值", "Its hash")),
            Column("at_ms", Text("最新一笔的时间", "最新一筆的時間", "Its time")),
        ),
        _MACHINERY,
    ),
)
