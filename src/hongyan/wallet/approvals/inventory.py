"""What the server holds about payment PINs and approvals."""

from hongyan.foundation.inventory import Column, Table
from hongyan.foundation.language import Text

_YOU = Column("account_id", Text("你的账号编号", "你的帳號編號", "Number of your account"))
_EXPIRES = Column("expires_at_ms", Text("到期时间", "到期時間", "When it expires"))
_DIGEST = Column("digest", Text("所确认内容的校验值", "所確認內容的校驗值", "A hash of what is confirmed"))

INVENTORY: tuple[Table, ...] = (
    Table(
        "payment_pin",
        Text("核对你的支付密码", "核對你的支付密碼", "Checks your payment PIN"),
        Text("直到账号删除", "直到帳號刪除", "Until the account is erased"),
        (
            _YOU,
            Column(
                "hash",
                Text(
                    "支付密码的加盐哈希，还要用数据库之外的一个文件才能核对",
                    "支付密碼的加鹽雜湊，還要用資料庫之外的一個檔案才能核對",
                    "A salted hash of the PIN, useless without a file beside the database",
                ),
            ),
            Column("wrong", Text("连续输错的次数", "連續輸錯的次數", "Wrong tries in a row")),
            Column("locked_until_ms", Text("锁定到什么时候", "鎖定到什麼時候", "Until when it is locked")),
            Column("reset_at_ms", Text("什么时候可以重置", "什麼時候可以重設", "From when it may be replaced")),
            Column(
                "passkeys_until_ms",
                Text(
                    "在此之前添加的通行密钥可以付款",
                    "在此之前新增的通行密鑰可以付款",
                    "Passkeys added before this may approve payments",
                ),
            ),
        ),
        "SELECT account_id, '', wrong, locked_until_ms, reset_at_ms, passkeys_until_ms FROM payment_pin "
        "WHERE account_id = ?",
    ),
    Table(
        "approval",
        Text("你刚确认、还没有用掉的付款", "你剛確認、還沒有用掉的付款", "What you have just confirmed"),
        Text("2 分钟", "2 分鐘", "Two minutes"),
        (
            Column("token_hash", Text("确认凭证的哈希", "確認憑證的雜湊", "A hash of the confirmation")),
            _YOU,
            _DIGEST,
            _EXPIRES,
        ),
        "SELECT token_hash, account_id, digest, expires_at_ms FROM approval WHERE account_id = ?",
    ),
    Table(
        "approval_challenge",
        Text("等待通行密钥确认的付款", "等待通行密鑰確認的付款", "Payments that wait for your passkey"),
        Text("5 分钟", "5 分鐘", "Five minutes"),
        (
            Column("challenge", Text("通行密钥要回答的随机数", "通行密鑰要回答的隨機數", "What the passkey answers")),
            _YOU,
            _DIGEST,
            _EXPIRES,
        ),
        "SELECT challenge, account_id, digest, expires_at_ms FROM approval_challenge WHERE account_id = ?",
    ),
)
