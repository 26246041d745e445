import asyncio
import sys

from hongyan.sdk import Client, Trouble


async def main(invitation: str, *friends: str) -> None:
    async with Client("group-bot") as bot:
        await bot.join(invitation, name="管家")
        await bot.connected(timeout_s=30)
        try:
            group = await bot.make_group([person for person in bot.friends() if person.name in friends], "值日")
        except Trouble as trouble:
            print(trouble.code, trouble)  # a code for the program, a sentence for the person
            return
        group.send("大家好，有事说“@管家”")
        async for message in bot.messages():
            if message.chat == group and message.text.startswith("@管家"):
                message.reply(f"{message.sender.name}，收到", quoting=True)


asyncio.run(main(*sys.argv[1:]))
