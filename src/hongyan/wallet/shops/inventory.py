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
        Text(
            "你付过的订单，和用你的亲属卡付的",
            "你付過的訂單，和用你的親屬卡付的",
            "Orders you paid, and those that others paid by your family card",
        ),
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
            Column("kind", Text("在应用里还是由店铺的程序下单", "在應用程式裡還是由店鋪的程式下單", "How it was made")),
            Column("for_id", Text("只有谁能付", "只有誰能付", "Who alone may pay it")),
            Column("attach", Text("店铺程序附带的内容", "店鋪程式附帶的內容", "What the shop's program attached")),
            Column("notify_url", Text("付款后通知的网址", "付款後通知的網址", "The address that is told")),
            Column(
                "card_user_id",
                Text(
                    "用亲属卡付款的人的账号编号",
                    "用親屬卡付款的人的帳號編號",
                    "Number of who paid by the payer's family card",
                ),
            ),
        ),
        "SELECT o.id, o.shop_id, o.out_trade_no, o.amount, o.description, o.state, o.payer_id, o.made_at_ms, "
        "o.expires_at_ms, o.paid_at_ms, o.refunded, o.kind, o.for_id, o.attach, o.notify_url, o.card_user_id "
        "FROM (SELECT CAST(? AS BIGINT) AS id) me JOIN shop_order o "
        "ON o.payer_id = me.id OR (o.card_user_id <> 0 AND o.card_user_id = me.id)",
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
            Column("out_refund_no", Text("店铺自己的退款单号", "店鋪自己的退款單號", "The shop's own number")),
        ),
        "SELECT r.id, r.order_id, r.shop_id, r.amount, r.reason, r.by_id, r.at_ms, r.out_refund_no FROM shop_refund r "
        "JOIN shop_order o ON o.id = r.order_id JOIN (SELECT CAST(? AS BIGINT) AS id) me "
        "ON me.id IN (o.payer_id, r.by_id)",
    ),
    Table(
        "shop_webhook",
        Text("你的店铺的程序在哪里接通知", "你的店鋪的程式在哪裡接通知", "Where your shops' programs are told"),
        Text("直到你删除", "直到你刪除", "Until you remove it"),
        (
            _SHOP,
            Column("url", Text("网址", "網址", "The address")),
            Column("secret", Text("签名用的密钥", "簽名用的密鑰", "What notices are signed with")),
            Column("made_at_ms", Text("设置时间", "設定時間", "When it was set")),
        ),
        "SELECT w.shop_id, w.url, w.secret, w.made_at_ms FROM shop_webhook w JOIN shop s ON s.id = w.shop_id "
        "WHERE s.owner_id = ?",
    ),
    Table(
        "shop_notice",
        Text("发给你的店铺程序的通知", "發給你的店鋪程式的通知", "What your shops' programs were told"),
        Text("30 天", "30 天", "30 days"),
        (
            Column("id", Text("通知编号", "通知編號", "Number of the notice")),
            _SHOP,
            Column("url", Text("网址", "網址", "The address")),
            Column("kind", Text("付款、退款或测试", "付款、退款或測試", "A payment, a refund or a trial")),
            Column("about", Text("订单或退款编号", "訂單或退款編號", "Number of the order or refund")),
            Column("state", Text("等待、送达或放弃", "等待、送達或放棄", "Waiting, taken or given up")),
            Column("attempts", Text("发了几次", "發了幾次", "How often it was sent")),
            Column("made_at_ms", Text("发生时间", "發生時間", "When it happened")),
            Column("due_at_ms", Text("下次发送时间", "下次發送時間", "When it is sent next")),
            Column("last_failure", Text("上次失败的原因", "上次失敗的原因", "Why it was not taken")),
        ),
        "SELECT n.id, n.shop_id, n.url, n.kind, n.about, n.state, n.attempts, n.made_at_ms, n.due_at_ms, "
        "n.last_failure FROM shop_notice n JOIN shop s ON s.id = n.shop_id WHERE s.owner_id = ?",
    ),
    Table(
        "shop_certificate",
        Text("你的店铺程序的接口证书", "你的店鋪程式的介面憑證", "Certificates of your shops' programs"),
        Text(
            "停用或到期后再留一年",
            "停用或到期後再留一年",
            "Until a year after they were revoked or expired",
        ),
        (
            Column("serial", Text("序列号", "序號", "Its serial number")),
            _SHOP,
            Column("key_hash", Text("公钥的散列", "公鑰的雜湊", "Hash of the public key")),
            Column("certificate", Text("证书", "憑證", "The certificate")),
            Column("made_at_ms", Text("签发时间", "簽發時間", "When it was issued")),
            Column("expires_at_ms", Text("到期时间", "到期時間", "Until when it is good")),
            Column("ended_at_ms", Text("停用时间", "停用時間", "When it was revoked")),
        ),
        "SELECT c.serial, c.shop_id, c.key_hash, c.certificate, c.made_at_ms, c.expires_at_ms, c.ended_at_ms "
        "FROM shop_certificate c JOIN shop s ON s.id = c.shop_id WHERE s.owner_id = ?",
    ),
)
