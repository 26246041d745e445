import asyncio
import sys

from hongyan.sdk import Client


async def main(invitation: str) -> None:
    async with Client("echo-bot", accept_friends=True) as bot:  # the folder of its state
        await bot.join(invitation, name="回声")  # only the first time
        async for message in bot.messages():
            message.reply(message.text or "👍")


asyncio.run(main(sys.argv[1]))
