"""How a message reads as a line of text, in the terminal and in an export."""

import re

from hongyan.sdk.chats import Message
from hongyan.sdk.content.details import Attachment, Card, Link, Location, Record
from hongyan.sdk.words import Text

_KINDS = {
    "picture": Text("图片", "圖片", "Photo"),
    "voice": Text("语音", "語音", "Voice"),
    "video": Text("视频", "影片", "Video"),
    "file": Text("文件", "檔案", "File"),
    "sticker": Text("表情", "表情", "Sticker"),
}


# What a terminal would obey, or what would turn the reading direction of what follows.
_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """Words of others, as nothing but words."""
    return _COMMANDS.sub("\ufffd", text)


def line_of(message: Message) -> str:
    return plain(_line_of(message))


def _line_of(message: Message) -> str:
    if message.recalled:
        return str(Text("撤回了一条消息", "收回了一則訊息", "took a message back"))
    if message.nudges is not None:
        return str(Text("拍了拍", "拍了拍", "nudged"))
    match message.detail:
        case Attachment(kind=kind, name=name):
            return f"[{_KINDS[kind]}] {name}".rstrip()
        case Location(name=name):
            return f"[{Text('位置', '位置', 'Place')}] {name}".rstrip()
        case Card(name=name):
            return f"[{Text('名片', '名片', 'Card')}] {name}"
        case Link(url=url, title=title):
            return f"[{Text('链接', '連結', 'Link')}] {title} {url}"
        case Record(title=title):
            return f"[{Text('聊天记录', '聊天記錄', 'Chat history')}] {title}"
        case None:
            pass
    if not message.text:
        return str(Text("[请更新后查看]", "[請更新後查看]", "[Update to see this]"))
    edited = f" ({Text('已编辑', '已編輯', 'edited')})" if message.edited else ""
    return message.text + edited
