import asyncio
import sys

from hongyan.sdk import Client


async def main(invitation: str, friend: str, text: str, *files: str) -> None:
    async with Client("remind-bot") as bot:
        await bot.join(invitation, name="提醒")
        await bot.connected(timeout_s=30)
        chat = await bot.chat(friend)
        chat.send(text)
        for file in files:
            await chat.send_file(file)
        await bot.sent(timeout_s=60)  # returns once the server has it all


asyncio.run(main(*sys.argv[1:]))
