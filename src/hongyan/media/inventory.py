"""What the server holds of photos, voice, video and files, why, and for how long."""

from hongyan.foundation.inventory import Column, Table
from hongyan.foundation.language import Text

_BLOB_ID = Column("blob_id", Text("密封文件的随机编号", "密封檔案的隨機編號", "Random number of the sealed file"))
_UNTIL_TAKEN = Text(
    "所有收件设备取走即删，最长 15 天；没传完的 25 小时内",
    "所有收件裝置取走即刪，最長 15 天；沒傳完的 25 小時內",
    "Until every receiving device has it, at most 15 days; unfinished uploads at most 25 hours",
)

INVENTORY: tuple[Table, ...] = (
    Table(
        "media_blob",
        Text(
            "路上的图片、语音、视频和文件：服务器打不开，没有名称、种类和真实大小",
            "路上的圖片、語音、影片和檔案：伺服器打不開，沒有名稱、種類和真實大小",
            "Pictures, voice, video and files on their way: sealed, without name, kind or true size",
        ),
        _UNTIL_TAKEN,
        (
            _BLOB_ID,
            Column("account_id", Text("发送者的账号编号", "傳送者的帳號編號", "Number of the sender's account")),
            Column("device_id", Text("上传设备的编号", "上傳裝置的編號", "Number of the uploading device")),
            Column(
                "group_id",
                Text(
                    "发往的聊天的编号，传完即忘",
                    "傳往的聊天的編號，傳完即忘",
                    "Number of the chat it is for, forgotten with the last byte",
                ),
            ),
            Column("length", Text("补齐后的大小", "補齊後的大小", "Its padded size")),
            Column("stored", Text("已收到的字节数", "已收到的位元組數", "How much of it has arrived")),
            Column("expires_at_ms", Text("到期时间", "到期時間", "When it goes by itself")),
            Column(
                "found_old",
                Text("到期后查到的次数", "到期後查到的次數", "How often it was found past that time"),
            ),
        ),
        "SELECT blob_id, account_id, device_id, group_id, length, stored, expires_at_ms, found_old "
        "FROM media_blob WHERE account_id = ?",
    ),
    Table(
        "media_piece",
        Text("密封文件存放的位置", "密封檔案存放的位置", "Where the sealed file lies, piece by piece"),
        _UNTIL_TAKEN,
        (
            _BLOB_ID,
            Column("start", Text("这一段的起点", "這一段的起點", "Where this piece begins")),
            Column("bytes", Text("这一段的大小", "這一段的大小", "How large it is")),
            Column("object", Text("存放处的随机名", "存放處的隨機名", "The random name it is kept under")),
        ),
        "SELECT blob_id, start, bytes, object FROM media_piece WHERE blob_id IN "
        "(SELECT blob_id FROM media_blob WHERE account_id = ?)",
    ),
    Table(
        "media_due",
        Text(
            "哪些密封文件在等你的哪台设备",
            "哪些密封檔案在等你的哪台裝置",
            "Which sealed file waits for which device of yours",
        ),
        _UNTIL_TAKEN,
        (
            _BLOB_ID,
            Column("device_id", Text("设备编号", "裝置編號", "Number of the device")),
            Column("taken", Text("是否已取走", "是否已取走", "Whether the device has it")),
        ),
        "SELECT blob_id, device_id, taken FROM media_due WHERE device_id IN "
        "(SELECT device_id FROM device WHERE account_id = ?)",
    ),
)
