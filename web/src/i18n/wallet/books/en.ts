export default {
  "books.check": "Check the books",
  "books.check_text": "Against the books this device saw before",
  "books.sound": "The books are sound: signed, and they continue those seen before. {count} transfers up to {time}",
  "books.nothing": "There is nothing to check yet",
  "books.new_key": "The books continue, but another key signs them. Ask whoever runs the server why",
  "books.went_back":
    "The books went back: transfers are gone. Ask whoever runs the server whether an old backup was restored",
  "books.forged":
    "The books are not right: the signature is false, or the past was changed. Pay nothing for now, and tell the others",
  "books.entry_check": "Find it in the books",
  "books.entry_sound": "This is in the signed books, and they continue those seen before",
  "errors.not_signed_yet": "This is not in the signed books yet. Look again in a minute",
} as const;
