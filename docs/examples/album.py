import asyncio
import sys
from pathlib import Path

from hongyan.sdk import Attachment, Client


async def main(invitation: str, folder: str) -> None:
    Path(folder).mkdir(exist_ok=True)
    async with Client("album-bot", accept_friends=True) as bot:
        await bot.join(invitation, name="相册")
        async for message in bot.messages():
            if isinstance(message.detail, Attachment) and message.detail.kind == "picture":
                path = await message.save(folder)
                print(path.name, flush=True)
                message.react("👍")


asyncio.run(main(*sys.argv[1:]))
