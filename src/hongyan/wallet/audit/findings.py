"""Each thing that can be wrong with the books, in three languages."""

from dataclasses import dataclass
from typing import Final

from hongyan.foundation.language import Text
from hongyan.wallet.audit.model import Finding
from hongyan.wallet.ledger import LedgerAccount


@dataclass(frozen=True, slots=True)
class Found:
    code: str
    text: Text

    def at(self, seq: int) -> Finding:
        if not seq:
            return Finding(self.code, seq, self.text)
        text = Text(
            f"第 {seq} 笔：{self.text.zh_hans}", f"第 {seq} 筆：{self.text.zh_hant}", f"Transfer {seq}: {self.text.en}"
        )
        return Finding(self.code, seq, text)


GAP: Final = Found("gap", Text("记录缺失。", "記錄缺失。", "it is missing."))
CHAIN_BROKEN: Final = Found(
    "chain_broken",
    Text(
        "内容与校验值不符：这一笔或上一笔被改过。",
        "內容與校驗值不符：這一筆或上一筆被改過。",
        "its content does not match its hash: this one or the one before was changed.",
    ),
)
TIME_BACKWARDS: Final = Found(
    "time_backwards", Text("时间比上一笔还早。", "時間比上一筆還早。", "it is older than the one before it.")
)
ID_TWICE: Final = Found(
    "id_twice",
    Text("编号与较早的一笔相同。", "編號與較早的一筆相同。", "it has the number of an earlier transfer."),
)
AMOUNT_WRONG: Final = Found("amount_wrong", Text("金额不合规则。", "金額不合規則。", "its amount is not possible."))
SIDES_WRONG: Final = Found(
    "sides_wrong",
    Text(
        "付款或收款账户不存在、相同，或币种不符。",
        "付款或收款帳戶不存在、相同，或幣種不符。",
        "an account is missing, both are the same, or the currency differs.",
    ),
)
OVERDRAWN: Final = Found(
    "overdrawn", Text("付款账户透支了。", "付款帳戶透支了。", "the paying account had too little.")
)
NOT_HELD: Final = Found(
    "not_held",
    Text(
        "它了结的那笔待定转账不存在，或已经了结。",
        "它了結的那筆待定轉帳不存在，或已經了結。",
        "it resolves a pending transfer that does not exist or was resolved before.",
    ),
)
RESOLVED_WRONG: Final = Found(
    "resolved_wrong",
    Text(
        "与它了结的待定转账不符。",
        "與它了結的待定轉帳不符。",
        "it does not match the pending transfer that it resolves.",
    ),
)
RESOLVED_LATE: Final = Found(
    "resolved_late",
    Text(
        "过期后才完成，或还没到期就过期了。",
        "過期後才完成，或還沒到期就過期了。",
        "it was done after its last moment, or expired before.",
    ),
)
ROOT_DIFFERS: Final = Found(
    "root_differs",
    Text(
        "到这一笔为止的签名与账本不符：签名之后账本被改过。",
        "到這一筆為止的簽名與帳本不符：簽名之後帳本被改過。",
        "what was signed up to here is not what the ledger has: it was changed afterwards.",
    ),
)
SIGNATURE_BAD: Final = Found(
    "signature_bad",
    Text("到这一笔为止的签名是假的。", "到這一筆為止的簽名是假的。", "the signature up to here is false."),
)
CHECKPOINT_AHEAD: Final = Found(
    "checkpoint_ahead",
    Text(
        "签名时账本有这么多笔，现在没有了：之后的记录被删掉了，或恢复了旧备份。",
        "簽名時帳本有這麼多筆，現在沒有了：之後的記錄被刪掉了，或還原了舊備份。",
        "the ledger was signed up to here and does not reach it any more: transfers are gone.",
    ),
)
NODE_DIFFERS: Final = Found(
    "node_differs",
    Text(
        "到这一笔为止的校验树与账本不符。",
        "到這一筆為止的校驗樹與帳本不符。",
        "the stored tree up to here is not that of the ledger.",
    ),
)
KEY_CHANGED: Final = Found(
    "key_changed",
    Text(
        "从这里起换了签名密钥。如果不是你换的，就有人在替你签名。",
        "從這裡起換了簽名密鑰。如果不是你換的，就有人在替你簽名。",
        "from here on another key signs. If you did not change it, somebody signs in your place.",
    ),
)
OPEN_DIFFERS: Final = Found(
    "open_differs",
    Text(
        "待定转账的清单与账本不符。",
        "待定轉帳的清單與帳本不符。",
        "The list of pending transfers is not what the ledger says.",
    ),
)
HEAD_DIFFERS: Final = Found(
    "head_differs",
    Text(
        "账本末尾的标记与最后一笔不符。",
        "帳本末尾的標記與最後一筆不符。",
        "the mark of the newest transfer is not of this one.",
    ),
)


def balance_wrong(one: LedgerAccount, replayed: int) -> Found:
    """`replayed`: the balance in minor units that the transfers give."""
    kind, name = one.holder.name.lower(), one.id.hex()
    return Found(
        "balance_wrong",
        Text(
            f"账户 {name}（{kind}，属于 {one.owner}）：余额记为 {one.balance}，按记录应为 {replayed}，或待定金额不符。",
            f"帳戶 {name}（{kind}，屬於 {one.owner}）：餘額記為 {one.balance}，按記錄應為 {replayed}，或待定金額不符。",
            f"Account {name} ({kind} of {one.owner}): its balance is noted as {one.balance}, the transfers give "
            f"{replayed}; or what is pending differs.",
        ),
    )
