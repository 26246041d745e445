"""What the server holds about shops."""

from hongyan.foundation.inventory import Column, Table
from hongyan.foundation.language import Text

_FOR_EVER = Text("永久，和账本一样", "永久，和帳本一樣", "For ever, as the ledger")
_SHOP = Column("shop_id", Text("店铺编号", "店鋪編號", "Number of the shop"))
_AMOUNT = Column("amount", Text("金额", "金額", "How much"))

INVENTORY: tuple[Table, ...] = (
    Table(
        "shop",
        Text("你的店铺", "你的店鋪", "Your shops"),
        _FOR_EVER,
        (
            Column("id", Text("店铺编号", "店鋪編號", "Number of the shop")),
            Column("owner_id", Text("店主的账号编号", "店主的帳號編號", "Number of the owner's account")),
            Column("name", Text("店名", "店名", "Its name")),
            Column("purse", Text("账本里的账户", "帳本裡的帳戶", "Its account in the ledger")),
            Column("made_at_ms", Text("开店时间", "開店時間", "When it was opened")),
            Column("closed_at_ms", Text("关店时间", "關店時間", "When it was closed")),
        ),
        "SELECT id, owner_id, name, purse, made_at_ms, closed_at_ms FROM shop WHERE owner_id = ?",
    ),
    Table(
        "shop_staff",
        Text("你在哪些店铺收款", "你在哪些店鋪收款", "Where you work"),
        Text("直到离开店铺", "直到離開店鋪", "Until you work there no more"),
        (_SHOP, Column("account_id", Text("店员的账号编号", "店員的帳號編號", "Number of your account"))),
        "SELECT shop_id, account_id FROM shop_staff WHERE account_id = ?",
    ),
    Table(
        "shop_order",
        Text("你付过的订单", "你付過的訂單", "Orders you paid"),
        Text(
            "没有付的订单 7 天，付了的永久",
            "沒有付的訂單 7 天，付了的永久",
            "Those nobody paid for 7 days, the others for ever",
        ),
        (
            Column("id", Text("订单编号", "訂單編號", "Number of the order")),
            _SHOP,
            Column("out_trade_no", Text("店铺自己的单号", "店鋪自己的單號", "The shop's own number")),
            _AMOUNT,
            Column("description", Text("店铺写的说明", "店鋪寫的說明", "What the shop wrote")),
            Column("state", Text("待付、已付或关闭", "待付、已付或關閉", "Open, paid or closed")),
            Column("payer_id", Text("付款人的账号编号", "付款人的帳號編號", "Number of the payer's account")),
            Column("made_at_ms", Text("下单时间", "下單時間", "When it was made")),
            Column("expires_at_ms", Text("失效时间", "失效時間", "Until when it can be paid")),
            Column("paid_at_ms", Text("付款时间", "付款時間", "When it was paid")),
            Column("refunded", Text("已退金额", "已退金額", "How much was given back")),
        ),
        "SELECT id, shop_id, out_trade_no, amount, description, state, payer_id, made_at_ms, expires_at_ms, "
        "paid_at_ms, refunded FROM shop_order WHERE payer_id = ?",
    ),
    Table(
        "shop_refund",
        Text("退给你的款，和你经手的退款", "退給你的款，和你經手的退款", "What was given back to you, or by you"),
        _FOR_EVER,
        (
            Column("id", Text("退款编号", "退款編號", "Number of the refund")),
            Column("order_id", Text("订单编号", "訂單編號", "Number of the order")),
            _SHOP,
            _AMOUNT,
            Column("reason", Text("理由", "理由", "The reason")),
            Column("by_id", Text("经手人的账号编号", "經手人的帳號編號", "Number of the account that gave it back")),
            Column("at_ms", Text("退款时间", "退款時間", "When it was given back")),
        ),
        "SELECT r.id, r.order_id, r.shop_id, r.amount, r.reason, r.by_id, r.at_ms FROM shop_refund r "
        "JOIN shop_order o ON o.id = r.order_id JOIN (SELECT CAST(? AS BIGINT) AS id) me "
        "ON me.id IN (o.payer_id, r.by_id)",
    ),
)
