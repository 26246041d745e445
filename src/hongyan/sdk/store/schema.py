"""The tables of a state, as a list of versions: a landed script never changes, a new one is appended.

Each table has a primary key that is never null, or its changes would not reach the journal.
"""

from typing import Final

_FIRST: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY NOT NULL, number INTEGER, words TEXT, bytes BLOB) STRICT, WITHOUT ROWID;

-- What the MLS library keeps, as it would lie in its own folder.
CREATE TABLE mls_file (path TEXT PRIMARY KEY NOT NULL, content BLOB NOT NULL) STRICT;
-- Which device sat on which leaf in an epoch, 32 bytes each: senders of late messages are named by leaf.
CREATE TABLE mls_seats (
  group_id BLOB NOT NULL, epoch INTEGER NOT NULL, devices BLOB NOT NULL, PRIMARY KEY (group_id, epoch)
) STRICT, WITHOUT ROWID;

-- Every MLS group this device knows of. status: wanted, active, broken, gone.
CREATE TABLE conversation (
  group_id BLOB PRIMARY KEY NOT NULL, kind TEXT NOT NULL, chat TEXT NOT NULL UNIQUE, person INTEGER,
  status TEXT NOT NULL, name TEXT NOT NULL DEFAULT '', ask_since_ms INTEGER, leaving INTEGER NOT NULL DEFAULT 0,
  timer_s INTEGER NOT NULL DEFAULT 0, retry_at_ms INTEGER NOT NULL DEFAULT 0, retries INTEGER NOT NULL DEFAULT 0
) STRICT;
-- What is wished for in a group until the group is so. device is empty where an account is meant, and the reverse.
CREATE TABLE wish (
  id INTEGER PRIMARY KEY, group_id BLOB NOT NULL, what TEXT NOT NULL, account INTEGER NOT NULL, device BLOB NOT NULL,
  retry_at_ms INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0, UNIQUE (group_id, what, account, device)
) STRICT;
-- The one commit on its way in a group, and the state it leads to.
CREATE TABLE pending_commit (
  group_id BLOB PRIMARY KEY NOT NULL, no INTEGER NOT NULL UNIQUE, external INTEGER NOT NULL, message BLOB NOT NULL,
  welcome BLOB, added BLOB NOT NULL, removed BLOB NOT NULL, group_info BLOB NOT NULL, next BLOB NOT NULL,
  next_epoch INTEGER NOT NULL, standing BLOB
) STRICT;
-- Which account was in a group from when to when: who may ask for which message again.
CREATE TABLE membership (
  id INTEGER PRIMARY KEY, group_id BLOB NOT NULL, account INTEGER NOT NULL, from_ms INTEGER NOT NULL, to_ms INTEGER
) STRICT;
CREATE INDEX membership_of ON membership (group_id, account);
-- Who said she leaves and is still in the tree, with her signed goodbye.
CREATE TABLE departed (
  group_id BLOB NOT NULL, account INTEGER NOT NULL, proof BLOB, PRIMARY KEY (group_id, account)
) STRICT, WITHOUT ROWID;
-- The rules a group stands under, as far as this device has followed them.
CREATE TABLE group_standing (
  group_id BLOB PRIMARY KEY NOT NULL, doubted_ms INTEGER, intruders INTEGER NOT NULL, standing BLOB NOT NULL
) STRICT;
CREATE TABLE policy_word (
  group_id BLOB NOT NULL, account INTEGER NOT NULL, hash BLOB NOT NULL, told BLOB NOT NULL,
  PRIMARY KEY (group_id, account)
) STRICT, WITHOUT ROWID;
CREATE TABLE nickname (
  group_id BLOB NOT NULL, account INTEGER NOT NULL, nickname TEXT NOT NULL, at_ms INTEGER NOT NULL,
  signature BLOB NOT NULL, PRIMARY KEY (group_id, account)
) STRICT, WITHOUT ROWID;
-- Who asks to come into a group. admitted: nobody need agree any more.
CREATE TABLE join_request (
  group_id BLOB NOT NULL, account INTEGER NOT NULL, account_key BLOB NOT NULL, name TEXT NOT NULL,
  inviter INTEGER NOT NULL, at_ms INTEGER NOT NULL, admitted INTEGER NOT NULL, PRIMARY KEY (group_id, account)
) STRICT, WITHOUT ROWID;

-- Messages as people see them. handled: the program has had it. answers: which message, and the how manieth answer.
CREATE TABLE message (
  n INTEGER PRIMARY KEY, group_id BLOB NOT NULL, content_id BLOB NOT NULL UNIQUE, sender INTEGER NOT NULL,
  mine INTEGER NOT NULL, type TEXT NOT NULL, body BLOB NOT NULL, quote BLOB, mentions BLOB NOT NULL,
  at_ms INTEGER NOT NULL, expires_at_ms INTEGER, state TEXT NOT NULL, edited INTEGER NOT NULL DEFAULT 0,
  recalled INTEGER NOT NULL DEFAULT 0, handled INTEGER NOT NULL DEFAULT 0, answers TEXT UNIQUE
) STRICT;
CREATE INDEX message_of ON message (group_id, n);
CREATE INDEX message_to_handle ON message (n) WHERE handled = 0;
CREATE TABLE reaction (
  content_id BLOB PRIMARY KEY NOT NULL, target BLOB NOT NULL, account INTEGER NOT NULL, emoji TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- An edit or recall that came before its message.
CREATE TABLE replacement (
  target BLOB NOT NULL, account INTEGER NOT NULL, body BLOB, at_ms INTEGER NOT NULL, PRIMARY KEY (target, account)
) STRICT, WITHOUT ROWID;

-- What waits for the server's verdict; without a number it waits for its group.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY, group_id BLOB NOT NULL, counter INTEGER NOT NULL, content BLOB NOT NULL, message INTEGER,
  no INTEGER, ciphertext BLOB
) STRICT;
-- What this device sent in the last 30 days, to send it again to whom it is due.
CREATE TABLE sent (
  group_id BLOB NOT NULL, counter INTEGER NOT NULL, content BLOB NOT NULL, sent_at_ms INTEGER NOT NULL,
  accepted_ms INTEGER, PRIMARY KEY (group_id, counter)
) STRICT, WITHOUT ROWID;
CREATE TABLE heard (
  group_id BLOB NOT NULL, device BLOB NOT NULL, highest INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  PRIMARY KEY (group_id, device)
) STRICT, WITHOUT ROWID;
CREATE TABLE gap (
  group_id BLOB NOT NULL, device BLOB NOT NULL, counter INTEGER NOT NULL, since_ms INTEGER NOT NULL, asked_ms INTEGER,
  PRIMARY KEY (group_id, device, counter)
) STRICT, WITHOUT ROWID;
CREATE TABLE resend_key (
  public_key BLOB PRIMARY KEY NOT NULL, private_key BLOB NOT NULL, at_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE resent (
  device BLOB NOT NULL, day INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (device, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE person (
  account INTEGER PRIMARY KEY, name TEXT NOT NULL, account_key BLOB NOT NULL, box_key BLOB,
  friend INTEGER NOT NULL DEFAULT 0, verified INTEGER NOT NULL DEFAULT 0, key_changed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE request (
  account INTEGER NOT NULL, direction TEXT NOT NULL, greeting TEXT NOT NULL, at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, direction)
) STRICT, WITHOUT ROWID;
CREATE TABLE device (
  signature_key BLOB PRIMARY KEY NOT NULL, device INTEGER NOT NULL, account INTEGER NOT NULL, removed INTEGER NOT NULL
) STRICT;
CREATE TABLE invitation (
  token TEXT PRIMARY KEY NOT NULL, secret BLOB NOT NULL, kind TEXT NOT NULL, expires_at_ms INTEGER NOT NULL
) STRICT;
-- Files on their way: the message goes when its file is with the server. content is null when it is read from path;
-- epoch: the group's when the last byte was with the server.
CREATE TABLE upload (
  id INTEGER PRIMARY KEY, group_id BLOB NOT NULL, blob TEXT NOT NULL, path TEXT NOT NULL, content BLOB,
  body BLOB NOT NULL, message INTEGER, epoch INTEGER
) STRICT;
"""

SCHEMA: Final = (_FIRST,)
