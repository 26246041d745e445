"""Each refusal's HTTP status and sentence: what happened, and what to do next [HT1]."""

from typing import TypeVar

from hongyan.accounts.model import Refusal, Refused
from hongyan.foundation.language import Text
from hongyan.foundation.problems import Problem

T = TypeVar("T")

_STATUS: dict[Refusal, int] = {
    Refusal.TOO_MANY_TRIES: 429,
    Refusal.NAME_MALFORMED: 400,
    Refusal.BAD_SIGNATURE: 400,
    Refusal.INVITATION_UNKNOWN: 404,
    Refusal.INVITATION_USED: 410,
    Refusal.INVITATION_EXPIRED: 410,
    Refusal.NAME_TAKEN: 409,
    Refusal.KEY_IN_USE: 409,
    # Not 401: that is for a device whose token is no longer good.
    Refusal.WRONG_PASSWORD: 403,
    Refusal.PASSKEY_UNAVAILABLE: 403,
    Refusal.PASSKEY_LIMIT: 409,
    Refusal.TICKET_EXPIRED: 410,
    Refusal.LINK_EXPIRED: 410,
    Refusal.DEVICE_LIMIT: 409,
    Refusal.DEVICE_UNKNOWN: 404,
    Refusal.NOT_OWNER: 403,
    Refusal.PERSON_UNKNOWN: 404,
    Refusal.NAME_MISMATCH: 400,
    Refusal.ACCOUNT_SUSPENDED: 403,
    Refusal.OWNER_STAYS: 409,
}
assert _STATUS.keys() == set(Refusal)

# "too_many_tries" is worded by foundation.
TEXTS: dict[str, Text] = {
    "name_malformed": Text(
        "这个名字不能用。请用 1 到 32 个汉字、字母或数字，中间可以有 _ . -，不要有空格。",
        "這個名字不能用。請用 1 到 32 個漢字、字母或數字，中間可以有 _ . -，不要有空格。",
        "This name cannot be used. Choose 1 to 32 letters, digits or Chinese characters, with no spaces; "
        "_ . - may stand in between.",
    ),
    "bad_signature": Text(
        "没能核对你的身份信息。请更新应用后再试。",
        "沒能核對你的身分資訊。請更新應用程式後再試。",
        "Your identity could not be checked. Please update the app and try again.",
    ),
    "invitation_unknown": Text(
        "这个邀请无效，可能链接不完整或已被收回。请让邀请你的人再发一次。",
        "這個邀請無效，可能連結不完整或已被收回。請邀請你的人再傳一次。",
        "This invitation is not valid: the link may be incomplete or withdrawn. Ask the person who invited you "
        "to send it again.",
    ),
    "invitation_used": Text(
        "这个邀请已经用完了。请让邀请你的人再发一个新的。",
        "這個邀請已經用完了。請邀請你的人再傳一個新的。",
        "This invitation has already been used. Ask the person who invited you for a new one.",
    ),
    "invitation_expired": Text(
        "这个邀请过期了。请让邀请你的人再发一个新的。",
        "這個邀請過期了。請邀請你的人再傳一個新的。",
        "This invitation has expired. Ask the person who invited you for a new one.",
    ),
    "name_taken": Text(
        "这个名字已经有人用了，请换一个。",
        "這個名字已經有人用了，請換一個。",
        "Somebody already has this name. Please choose another.",
    ),
    "key_in_use": Text(
        "这台设备已经加入过了。请重新打开应用；还是不行的话，请登录你原来的账号。",
        "這台裝置已經加入過了。請重新開啟應用程式；還是不行的話，請登入你原來的帳號。",
        "This device has already joined. Open the app again; if that does not help, sign in to your account.",
    ),
    "wrong_password": Text(
        "名字或密码不对，请再试一次。",
        "名字或密碼不對，請再試一次。",
        "The name or the password is wrong. Please try again.",
    ),
    "passkey_unavailable": Text(
        "通行密钥没有通过。请再试一次，或改用密码、旧设备登录。",
        "通行密鑰沒有通過。請再試一次，或改用密碼、舊裝置登入。",
        "The passkey was not accepted. Try again, or sign in with your password or another device.",
    ),
    "passkey_limit": Text(
        "通行密钥最多 10 把。请先删除一把不用的。",
        "通行密鑰最多 10 把。請先刪除一把不用的。",
        "You can have 10 passkeys. Remove one that you no longer use first.",
    ),
    "ticket_expired": Text(
        "登录时间太久，已经失效了。请重新登录。",
        "登入時間太久，已經失效了。請重新登入。",
        "Signing in took too long. Please sign in again.",
    ),
    "link_expired": Text(
        "这个二维码已经失效。请在新设备上刷新二维码，再扫一次。",
        "這個 QR 碼已經失效。請在新裝置上更新 QR 碼，再掃一次。",
        "This code is no longer valid. Show a new one on the new device and scan it again.",
    ),
    "device_limit": Text(
        "最多可以同时登录 10 台设备。请先移除一台不用的。",
        "最多可以同時登入 10 台裝置。請先移除一台不用的。",
        "You can be signed in on 10 devices. Remove one that you no longer use first.",
    ),
    "device_unknown": Text(
        "没有找到这台设备，可能已经移除了。",
        "沒有找到這台裝置，可能已經移除了。",
        "This device was not found. It may already have been removed.",
    ),
    "not_owner": Text(
        "只有服务器的主人可以邀请新成员。你可以用自己的二维码邀请朋友。",
        "只有伺服器的主人可以邀請新成員。你可以用自己的 QR 碼邀請朋友。",
        "Only the owner of this server invites members. You can invite friends with your own code.",
    ),
    "person_unknown": Text(
        "没有找到这个人。请核对一下名字。",
        "沒有找到這個人。請核對一下名字。",
        "Nobody of this name was found. Please check the name.",
    ),
    "name_mismatch": Text(
        "输入的名字和账号的名字不一致，账号没有删除。请再核对一下。",
        "輸入的名字和帳號的名字不一致，帳號沒有刪除。請再核對一下。",
        "The name you typed is not the name of the account, so nothing was deleted. Please check it.",
    ),
    "account_suspended": Text(
        "这个账号已被管理员停用。聊天记录还在，恢复后就能继续使用；有疑问请联系邀请你的人或管理员。",
        "這個帳號已被管理員停用。聊天記錄還在，恢復後就能繼續使用；有疑問請聯絡邀請你的人或管理員。",
        "This account was suspended by the administrator. Your chats are still there and come back when it is "
        "restored. Please ask the administrator or whoever invited you.",
    ),
    "owner_stays": Text(
        "服务器主人的账号不能这样处理。",
        "伺服器主人的帳號不能這樣處理。",
        "This cannot be done to the account of the server's owner.",
    ),
}


def allowed(outcome: T | Refused) -> T:
    """The outcome, or the Problem that a refusal is on the wire."""
    if isinstance(outcome, Refused):
        raise Problem(outcome.why.value, status=_STATUS[outcome.why], retry_after_s=outcome.retry_after_s)
    return outcome
