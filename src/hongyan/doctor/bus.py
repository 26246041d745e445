"""Where several processes serve: do they reach each other, and share what they must?"""

import asyncio

from hongyan.doctor.model import Finding, broken, good
from hongyan.foundation.language import Text
from hongyan.settings import Settings

CHECK = "bus"
ANSWER_S = 3


async def look(settings: Settings) -> list[Finding]:
    """Nothing for a server of one process."""
    if not settings.bus:
        return []
    found = [_judge_blobs(settings)] if not settings.blobs else []
    silent = [one for one in settings.bus.split(",") if not await _answers(one.strip())]
    return [*found, _judge(len(settings.bus.split(",")), len(silent))]


async def _answers(server: str) -> bool:
    import nats

    try:
        async with asyncio.timeout(ANSWER_S):
            client = await nats.connect(server, allow_reconnect=False, connect_timeout=ANSWER_S)
    except (nats.errors.Error, OSError, TimeoutError):
        return False
    await client.close()
    return True


def _judge(all_of_them: int, silent: int) -> Finding:
    if not silent:
        return good(
            CHECK,
            Text(
                f"NATS 正常（{all_of_them} 台）：几台服务器能互相通知。",
                f"NATS 正常（{all_of_them} 台）：幾台伺服器能互相通知。",
                f"NATS answers ({all_of_them}): the servers tell each other.",
            ),
        )
    return broken(
        CHECK,
        Text(
            f"{all_of_them} 台 NATS 中有 {silent} 台没有回答。消息不会丢，但可能晚一秒到。",
            f"{all_of_them} 台 NATS 中有 {silent} 台沒有回答。訊息不會遺失，但可能晚一秒到。",
            f"{silent} of {all_of_them} NATS servers do not answer. No message is lost, but some come a second late.",
        ),
        Text(
            "请确认 nats-server 在运行，bus 里的地址、用户和密码正确，防火墙没有挡住。",
            "請確認 nats-server 在執行，bus 裡的位址、使用者和密碼正確，防火牆沒有擋住。",
            "See that nats-server runs, that address, user and password in bus are right, and that no firewall is "
            "between.",
        ),
    )


def _judge_blobs(settings: Settings) -> Finding:
    return broken(
        CHECK,
        Text(
            f"几台服务器一起运行，图片和文件却放在这一台的 {settings.blobs_place}：从别的服务器取不到。",
            f"幾台伺服器一起執行，圖片和檔案卻放在這一台的 {settings.blobs_place}：從別的伺服器取不到。",
            f"Several servers run together, but pictures and files are in {settings.blobs_place} of this one: the "
            "others cannot get at them.",
        ),
        Text(
            "请在每台服务器上设置同一个 blobs（s3://…）。",
            "請在每台伺服器上設定同一個 blobs（s3://…）。",
            "Set the same blobs (s3://…) on every server.",
        ),
    )
