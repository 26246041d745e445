export default {
  "books.check": "核對帳本",
  "books.check_text": "和這台裝置以前看到的帳本比對",
  "books.sound": "帳本沒有問題：簽名有效，和以前看到的一致。截至 {time}，一共 {count} 筆",
  "books.nothing": "還沒有可以核對的記錄",
  "books.new_key": "帳本接得上，但簽名的密鑰換了。請問管理伺服器的人為什麼",
  "books.went_back": "帳本倒退了：有些記錄不見了。請問管理伺服器的人是不是還原了舊備份",
  "books.forged": "帳本不對：簽名是假的，或者舊帳被改過。請先不要付款，並告訴大家",
  "books.entry_check": "在帳本中核對",
  "books.entry_sound": "帳本裡有這一筆，簽名有效，和以前看到的帳本一致",
  "errors.not_signed_yet": "這一筆還沒有簽入帳本，請過一分鐘再查",
} as const;
