"""Each refusal of the wallet, with its HTTP status and sentence [HT1]; one list for all its slices."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from hongyan.foundation.language import Text
from hongyan.foundation.problems import Problem
from hongyan.wallet.ledger import Verdict

T = TypeVar("T")


class Refusal(StrEnum):
    """Why a caller is refused; the value is the problem's code on the wire."""

    TOO_MANY_TRIES = "too_many_tries"
    PERSON_UNKNOWN = "person_unknown"
    WALLET_NOT_OPEN = "wallet_not_open"
    WALLET_OPEN_ALREADY = "wallet_open_already"
    NOT_TREASURER = "not_treasurer"
    AMOUNT_INVALID = "amount_invalid"
    INSUFFICIENT = "insufficient"
    OVER_LIMIT = "over_limit"
    FROZEN = "frozen"
    PAYEE_FROZEN = "payee_frozen"
    ALREADY_DONE_DIFFERENTLY = "already_done_differently"
    NOT_YOURS = "not_yours"
    ENDED = "ended"
    PAYMENT_PIN_MISSING = "payment_pin_missing"
    WRONG_PAYMENT_PIN = "wrong_payment_pin"
    PAYMENT_PIN_LOCKED = "payment_pin_locked"
    PIN_TOO_SIMPLE = "pin_too_simple"
    PIN_PROOF_NEEDED = "pin_proof_needed"
    APPROVAL_UNKNOWN = "approval_unknown"
    PASSKEY_NOT_ALLOWED = "passkey_not_allowed"
    ACT_UNKNOWN = "act_unknown"
    NOT_SIGNED_YET = "not_signed_yet"
    OVER_TREASURY_CAP = "over_treasury_cap"
    NEEDS_ANOTHER_TREASURER = "needs_another_treasurer"
    TOO_MANY = "too_many"
    SHOP_UNKNOWN = "shop_unknown"
    SHOP_NOT_EMPTY = "shop_not_empty"
    REFUND_TOO_LARGE = "refund_too_large"
    CARD_UNKNOWN = "card_unknown"
    OVER_CARD_LIMIT = "over_card_limit"
    PAY_CODE_UNUSABLE = "pay_code_unusable"
    WEBHOOK_UNUSABLE = "webhook_unusable"
    CSR_UNUSABLE = "csr_unusable"
    RAIL_UNKNOWN = "rail_unknown"
    RAIL_UNAVAILABLE = "rail_unavailable"


@dataclass(frozen=True, slots=True)
class Refused:
    why: Refusal
    retry_after_s: int | None = None


_STATUS: dict[Refusal, int] = {
    Refusal.TOO_MANY_TRIES: 429,
    Refusal.PERSON_UNKNOWN: 404,
    Refusal.WALLET_NOT_OPEN: 409,
    Refusal.WALLET_OPEN_ALREADY: 409,
    Refusal.NOT_TREASURER: 403,
    Refusal.AMOUNT_INVALID: 400,
    Refusal.INSUFFICIENT: 409,
    Refusal.OVER_LIMIT: 409,
    Refusal.FROZEN: 403,
    Refusal.PAYEE_FROZEN: 409,
    Refusal.ALREADY_DONE_DIFFERENTLY: 409,
    Refusal.NOT_YOURS: 403,
    Refusal.ENDED: 410,
    Refusal.PAYMENT_PIN_MISSING: 409,
    # Not 401: that is for a device whose token is no longer good.
    Refusal.WRONG_PAYMENT_PIN: 403,
    Refusal.PAYMENT_PIN_LOCKED: 403,
    Refusal.PIN_TOO_SIMPLE: 400,
    Refusal.PIN_PROOF_NEEDED: 403,
    Refusal.APPROVAL_UNKNOWN: 403,
    Refusal.PASSKEY_NOT_ALLOWED: 403,
    Refusal.ACT_UNKNOWN: 404,
    Refusal.NOT_SIGNED_YET: 409,
    Refusal.OVER_TREASURY_CAP: 409,
    Refusal.NEEDS_ANOTHER_TREASURER: 409,
    Refusal.TOO_MANY: 409,
    Refusal.SHOP_UNKNOWN: 404,
    Refusal.SHOP_NOT_EMPTY: 409,
    Refusal.REFUND_TOO_LARGE: 409,
    Refusal.CARD_UNKNOWN: 404,
    Refusal.OVER_CARD_LIMIT: 409,
    Refusal.PAY_CODE_UNUSABLE: 409,
    Refusal.WEBHOOK_UNUSABLE: 400,
    Refusal.CSR_UNUSABLE: 400,
    Refusal.RAIL_UNKNOWN: 404,
    Refusal.RAIL_UNAVAILABLE: 502,
}
assert _STATUS.keys() == set(Refusal)

# "too_many_tries" is worded by foundation, "person_unknown" by accounts.
TEXTS: dict[str, Text] = {
    "wallet_not_open": Text(
        "这个社区还没有开通钱包。请联系司库。",
        "這個社群還沒有開通錢包。請聯絡司庫。",
        "This community has not opened its wallet yet. Ask its treasurer.",
    ),
    "webhook_unusable": Text(
        "这个网址不能用：要以 https:// 开头，而且在公网上能打开。",
        "這個網址不能用：要以 https:// 開頭，而且在公網上能打開。",
        "This address cannot be used: it must begin with https:// and be reachable on the Internet.",
    ),
    "csr_unusable": Text(
        "这个证书请求不能用：要是 PEM 格式的 CSR，RSA 密钥 2048 到 4096 位，而且不是停用过的密钥。",
        "這個憑證請求不能用：要是 PEM 格式的 CSR，RSA 密鑰 2048 到 4096 位元，而且不是停用過的密鑰。",
        "This cannot be used: it must be a CSR in PEM, for an RSA key of 2048 to 4096 bits that was never revoked.",
    ),
    "rail_unknown": Text(
        "这里不能这样充值。",
        "這裡不能這樣儲值。",
        "Nobody can top up this way here.",
    ),
    "rail_unavailable": Text(
        "暂时连不上支付渠道，没有扣款。请稍后再试。",
        "暫時連不上支付管道，沒有扣款。請稍後再試。",
        "The payment service cannot be reached just now and nothing was charged. Try again later.",
    ),
    "shop_not_empty": Text(
        "店铺里还有钱。请先取到您的钱包，要退的款也先退完。",
        "店鋪裡還有錢。請先取到您的錢包，要退的款也先退完。",
        "There is still money in the shop. Take it to your wallet first, and make the refunds that are due.",
    ),
    "wallet_open_already": Text(
        "钱包已经开通，货币不能再改。",
        "錢包已經開通，貨幣不能再改。",
        "The wallet is open already, and its currency cannot be changed any more.",
    ),
    "not_treasurer": Text(
        "只有司库可以这样做。",
        "只有司庫可以這樣做。",
        "Only a treasurer can do this.",
    ),
    "amount_invalid": Text(
        "金额不对，请重新输入。",
        "金額不對，請重新輸入。",
        "This amount cannot be used. Please enter it again.",
    ),
    "insufficient": Text(
        "余额不足。",
        "餘額不足。",
        "There is not enough money in your purse.",
    ),
    "over_limit": Text(
        "超过了限额。可以在钱包设置里查看限额，提高限额要等 24 小时才生效。",
        "超過了限額。可以在錢包設定裡查看限額，提高限額要等 24 小時才生效。",
        "This is above the limit. See the limits in the wallet's settings; raising one takes 24 hours.",
    ),
    "frozen": Text(
        "你的钱包被冻结了，暂时不能收付款。请联系司库。",
        "你的錢包被凍結了，暫時不能收付款。請聯絡司庫。",
        "Your purse is frozen: nothing goes in or out for now. Ask the treasurer.",
    ),
    "payee_frozen": Text(
        "对方的钱包现在不能收付款。",
        "對方的錢包現在不能收付款。",
        "The other purse can neither pay nor be paid at present.",
    ),
    "already_done_differently": Text(
        "这笔操作已经以别的内容完成了。请返回后重新开始。",
        "這筆操作已經以別的內容完成了。請返回後重新開始。",
        "This was already done with other content. Go back and begin anew.",
    ),
    "not_yours": Text(
        "这不是给你的。",
        "這不是給你的。",
        "This is not for you.",
    ),
    "ended": Text(
        "这已经结束了。",
        "這已經結束了。",
        "This is over.",
    ),
    "payment_pin_missing": Text(
        "请先设置支付密码。",
        "請先設定支付密碼。",
        "Set a payment PIN first.",
    ),
    "wrong_payment_pin": Text(
        "支付密码不对。连续输错 5 次会锁定 24 小时。",
        "支付密碼不對。連續輸錯 5 次會鎖定 24 小時。",
        "The payment PIN is wrong. After five wrong tries in a row it is locked for 24 hours.",
    ),
    "payment_pin_locked": Text(
        "支付密码输错次数太多，已锁定。请稍后再试，或找回支付密码。",
        "支付密碼輸錯次數太多，已鎖定。請稍後再試，或找回支付密碼。",
        "There were too many wrong tries, so the payment PIN is locked. Try again later, or recover the PIN.",
    ),
    "pin_too_simple": Text(
        "这个密码太简单。请不要用重复或连续的 6 个数字。",
        "這個密碼太簡單。請不要用重複或連續的 6 個數字。",
        "This PIN is too easy to guess. Do not repeat one digit or count up or down.",
    ),
    "pin_proof_needed": Text(
        "修改支付密码前，请先输入原密码；忘记了可以申请重置，24 小时后生效。",
        "修改支付密碼前，請先輸入原密碼；忘記了可以申請重設，24 小時後生效。",
        "Enter the present payment PIN first; if you forgot it, ask for a reset, which takes 24 hours.",
    ),
    "approval_unknown": Text(
        "确认已经失效。请重新输入支付密码。",
        "確認已經失效。請重新輸入支付密碼。",
        "This confirmation is no longer valid. Enter your payment PIN again.",
    ),
    "passkey_not_allowed": Text(
        "这把通行密钥不能用来付款。请输入支付密码。",
        "這把通行密鑰不能用來付款。請輸入支付密碼。",
        "This passkey may not approve payments. Enter your payment PIN.",
    ),
    "act_unknown": Text(
        "没有找到这笔记录。",
        "沒有找到這筆記錄。",
        "Nothing was found under this number.",
    ),
    "not_signed_yet": Text(
        "这一笔还没有记入已签名的账本。请一分钟后再查。",
        "這一筆還沒有記入已簽名的帳本。請一分鐘後再查。",
        "This is not in the signed books yet. Look again in a minute.",
    ),
    "over_treasury_cap": Text(
        "超过了司库每次或每天的上限。上限可以由服务器的主人调整。",
        "超過了司庫每次或每天的上限。上限可以由伺服器的主人調整。",
        "This is more than a treasurer may do at once or in a day. The owner of the server sets these caps.",
    ),
    "needs_another_treasurer": Text(
        "大额发行要由另一位司库确认。",
        "大額發行要由另一位司庫確認。",
        "Another treasurer has to confirm a sum as large as this.",
    ),
    "too_many": Text(
        "数量已到上限。请先删除不用的。",
        "數量已到上限。請先刪除不用的。",
        "There are as many as there may be. Remove one that is no longer used first.",
    ),
    "shop_unknown": Text(
        "没有找到这家店铺，可能已经关了。",
        "沒有找到這家店鋪，可能已經關了。",
        "This shop was not found. It may have been closed.",
    ),
    "refund_too_large": Text(
        "退款不能超过顾客付的钱。",
        "退款不能超過顧客付的錢。",
        "No more can be given back than the customer paid.",
    ),
    "pay_code_unusable": Text(
        "这个付款码已经失效或用过。请对方等它更新后再扫。",
        "這個付款碼已經失效或用過。請對方等它更新後再掃。",
        "This payment code has expired or was used. Scan it again once it has changed.",
    ),
    "card_unknown": Text(
        "这张亲属卡已经不能用了。",
        "這張親屬卡已經不能用了。",
        "This family card cannot be used any more.",
    ),
    "over_card_limit": Text(
        "亲属卡这个月的额度不够了。",
        "親屬卡這個月的額度不夠了。",
        "Not enough is left on the family card for this month.",
    ),
}

_OF_VERDICT: dict[Verdict, Refusal] = {
    Verdict.EXISTS_DIFFERENT: Refusal.ALREADY_DONE_DIFFERENTLY,
    Verdict.AMOUNT_INVALID: Refusal.AMOUNT_INVALID,
    Verdict.PENDING_UNKNOWN: Refusal.ACT_UNKNOWN,
    Verdict.PENDING_DONE: Refusal.ENDED,
    Verdict.PENDING_EXPIRED: Refusal.ENDED,
    Verdict.EXCEEDS_PENDING: Refusal.AMOUNT_INVALID,
    Verdict.SAME_ACCOUNT: Refusal.PERSON_UNKNOWN,
    Verdict.ACCOUNT_UNKNOWN: Refusal.PERSON_UNKNOWN,
    Verdict.CLOSED: Refusal.PERSON_UNKNOWN,
    Verdict.FROZEN: Refusal.FROZEN,
    Verdict.OVERFLOW: Refusal.AMOUNT_INVALID,
    Verdict.INSUFFICIENT: Refusal.INSUFFICIENT,
}


def refused_by(verdict: Verdict) -> Refused | None:
    """What a caller is told of the ledger's verdict; None when the order is carried out.

    PENDING_NOT_EXPIRED and ASSET_DIFFERS cannot be caused by a caller.
    """
    return None if verdict.is_done else Refused(_OF_VERDICT[verdict])


def allowed(outcome: T | Refused) -> T:
    """The outcome, or the Problem that a refusal is on the wire."""
    if isinstance(outcome, Refused):
        raise Problem(outcome.why.value, status=_STATUS[outcome.why], retry_after_s=outcome.retry_after_s)
    return outcome
