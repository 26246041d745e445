export default {
  "books.check": "核对账本",
  "books.check_text": "和这台设备以前看到的账本比对",
  "books.sound": "账本没有问题：签名有效，和以前看到的一致。截至 {time}，一共 {count} 笔",
  "books.nothing": "还没有可以核对的记录",
  "books.new_key": "账本接得上，但签名的密钥换了。请问管理服务器的人为什么",
  "books.went_back": "账本倒退了：有些记录不见了。请问管理服务器的人是不是恢复了旧备份",
  "books.forged": "账本不对：签名是假的，或者旧账被改过。请先不要付款，并告诉大家",
  "books.entry_check": "在账本中核对",
  "books.entry_sound": "账本里有这一笔，签名有效，和以前看到的账本一致",
  "errors.not_signed_yet": "这一笔还没有签入账本，请过一分钟再查",
} as const;
