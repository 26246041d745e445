"""How a check of the ledger is told to its operator."""

import json

from hongyan.foundation.language import Language, Text
from hongyan.wallet.audit.model import KEY_FILE_NAME, Checkpoint
from hongyan.wallet.audit.verifying import Checked

_ADVICE = Text(
    "请停下服务器，保留数据文件夹的副本，再从最近一次没有问题的备份核对。没有弄清原因之前不要改动数据库。",
    "請停下伺服器，保留資料夾的副本，再從最近一次沒有問題的備份核對。沒有弄清原因之前不要改動資料庫。",
    "Stop the server, keep a copy of the data folder, and compare with the newest backup that verifies. Change nothing "
    "in the database before you know the reason.",
)


def as_lines(checked: Checked, language: Language) -> list[str]:
    """What was looked at, each finding, and what to do."""
    looked = Text(
        f"核对了 {checked.transfers} 笔记录、{checked.accounts} 个账户、{checked.checkpoints} 次签名。",
        f"核對了 {checked.transfers} 筆記錄、{checked.accounts} 個帳戶、{checked.checkpoints} 次簽名。",
        f"Looked at {checked.transfers} transfers, {checked.accounts} accounts and {checked.checkpoints} signatures.",
    )
    if not checked.findings:
        return [looked.into(language), Text("账本没有问题。", "帳本沒有問題。", "The books are sound.").into(language)]
    found = [f"✗ {one.text.into(language)}" for one in checked.findings]
    return [looked.into(language), *found, _ADVICE.into(language)]


def as_json(checked: Checked, language: Language) -> str:
    findings = [{"code": one.code, "seq": one.seq, "text": one.text.into(language)} for one in checked.findings]
    return json.dumps(
        {
            "transfers": checked.transfers,
            "accounts": checked.accounts,
            "checkpoints": checked.checkpoints,
            "findings": findings,
        },
        ensure_ascii=False,
    )


def signed(new: Checkpoint | None) -> Text:
    if new is None:
        return Text(
            "上次签名以后没有新的记录，无需签名。",
            "上次簽名以後沒有新的記錄，無需簽名。",
            "Nothing happened since the last signature: there is nothing to sign.",
        )
    return Text(
        f"已用 {KEY_FILE_NAME} 签名到第 {new.size} 笔。成员的应用会提示密钥换了：请告诉他们原因。",
        f"已用 {KEY_FILE_NAME} 簽名到第 {new.size} 筆。成員的應用會提示密鑰換了：請告訴他們原因。",
        f"Signed up to transfer {new.size} with {KEY_FILE_NAME}. Members are told that the key changed: say why.",
    )
