/** The first tables: keys, groups, chats and messages, what waits to be sent, people and devices. */
export const V1 = `
-- Single values: who this device is, the mailbox cursor, the next number.
CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;

-- The private halves of key packages given to the server; a row goes when its welcome came.
CREATE TABLE key_package (
  ref BLOB PRIMARY KEY, package BLOB NOT NULL, init_key BLOB NOT NULL, leaf_key BLOB NOT NULL,
  last_resort INTEGER NOT NULL, created_at_ms INTEGER NOT NULL
) STRICT;

-- MLS state in parts, so that a message rewrites one ratchet and not a tree: the newest epoch's head,
CREATE TABLE mls_group (group_id BLOB PRIMARY KEY, epoch INTEGER NOT NULL, head BLOB NOT NULL) STRICT;
-- what each kept epoch needs to read its messages,
CREATE TABLE mls_epoch (
  group_id BLOB NOT NULL, epoch INTEGER NOT NULL, context BLOB NOT NULL, sender_data_secret BLOB NOT NULL,
  resumption_psk BLOB NOT NULL, tree BLOB NOT NULL, PRIMARY KEY (group_id, epoch)
) STRICT;
-- and the two ratchets of each leaf in it.
CREATE TABLE mls_ratchet (
  group_id BLOB NOT NULL, epoch INTEGER NOT NULL, leaf INTEGER NOT NULL, secrets BLOB NOT NULL,
  PRIMARY KEY (group_id, epoch, leaf)
) STRICT, WITHOUT ROWID;

-- Every MLS group this device knows of. status: wanted, active, broken, gone.
CREATE TABLE conversation (
  group_id BLOB PRIMARY KEY, kind TEXT NOT NULL, chat TEXT UNIQUE, person INTEGER, status TEXT NOT NULL,
  ask_since_ms INTEGER, leaving INTEGER NOT NULL DEFAULT 0, retry_at_ms INTEGER NOT NULL DEFAULT 0, retries INTEGER NOT NULL DEFAULT 0
) STRICT;
-- What she wants changed in a group until the group is so.
CREATE TABLE wish (
  id INTEGER PRIMARY KEY, group_id BLOB NOT NULL, what TEXT NOT NULL, account INTEGER, device BLOB,
  retry_at_ms INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0, UNIQUE (group_id, what, account, device)
) STRICT;
-- The one commit on its way in a group, and the state it leads to.
CREATE TABLE pending_commit (
  group_id BLOB PRIMARY KEY, no INTEGER NOT NULL UNIQUE, external INTEGER NOT NULL, message BLOB NOT NULL,
  welcome BLOB, added TEXT NOT NULL, removed TEXT NOT NULL, group_info BLOB NOT NULL, next BLOB NOT NULL,
  next_epoch INTEGER NOT NULL
) STRICT;
-- Which account was in a group from when to when: who may ask for which message again.
CREATE TABLE membership (
  group_id BLOB NOT NULL, account INTEGER NOT NULL, from_ms INTEGER NOT NULL, to_ms INTEGER
) STRICT;
-- Who said she leaves and is still in the tree.
CREATE TABLE departed (group_id BLOB NOT NULL, account INTEGER NOT NULL, PRIMARY KEY (group_id, account)) STRICT;
CREATE INDEX membership_of ON membership (group_id, account);

-- What the chat list shows. Few indexes: each is a page more to write with every message.
CREATE TABLE chat (
  id TEXT PRIMARY KEY, group_id BLOB NOT NULL UNIQUE, kind TEXT NOT NULL, person INTEGER, name TEXT NOT NULL,
  gone INTEGER NOT NULL DEFAULT 0, draft TEXT NOT NULL DEFAULT '', unread INTEGER NOT NULL DEFAULT 0,
  read_order INTEGER NOT NULL DEFAULT 0, at_ms INTEGER NOT NULL, listed INTEGER NOT NULL DEFAULT 0,
  messages INTEGER NOT NULL DEFAULT 0, named_at_ms INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE message (
  n INTEGER PRIMARY KEY, chat TEXT NOT NULL, position INTEGER NOT NULL, content_id BLOB UNIQUE,
  kind TEXT NOT NULL, sender INTEGER, mine INTEGER NOT NULL, text TEXT NOT NULL, event TEXT, at_ms INTEGER NOT NULL,
  state TEXT
) STRICT;
CREATE UNIQUE INDEX message_order ON message (chat, position);
-- Ids of messages she deleted here, so that a resend does not bring them back.
CREATE TABLE deleted (content_id BLOB PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- What waits for the server's verdict; without a ciphertext it waits for its group.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY, group_id BLOB NOT NULL, counter INTEGER NOT NULL, content BLOB NOT NULL, message INTEGER,
  no INTEGER, ciphertext BLOB
) STRICT;
-- What this device sent in the last 30 days, to send it again to whom it is due.
CREATE TABLE sent (
  group_id BLOB NOT NULL, counter INTEGER NOT NULL, content BLOB NOT NULL, sent_at_ms INTEGER NOT NULL,
  accepted_ms INTEGER, PRIMARY KEY (group_id, counter)
) STRICT, WITHOUT ROWID;
-- The highest counter heard of each sending device, and the ones missing below it.
CREATE TABLE heard (
  group_id BLOB NOT NULL, device BLOB NOT NULL, highest INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  PRIMARY KEY (group_id, device)
) STRICT, WITHOUT ROWID;
CREATE TABLE gap (
  group_id BLOB NOT NULL, device BLOB NOT NULL, counter INTEGER NOT NULL, since_ms INTEGER NOT NULL, asked_ms INTEGER,
  PRIMARY KEY (group_id, device, counter)
) STRICT;
-- Private keys of resend requests whose answers may still come.
CREATE TABLE resend_key (public_key BLOB PRIMARY KEY, private_key BLOB NOT NULL, at_ms INTEGER NOT NULL) STRICT;
-- How many messages were sent again to a device on a day.
CREATE TABLE resent (device BLOB NOT NULL, day INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (device, day)) STRICT;

CREATE TABLE person (
  account INTEGER PRIMARY KEY, name TEXT NOT NULL, account_key BLOB NOT NULL, box_key BLOB, remark TEXT NOT NULL DEFAULT '',
  pinyin TEXT NOT NULL DEFAULT '#', sorted_as TEXT, friend INTEGER NOT NULL DEFAULT 0, blocked INTEGER NOT NULL DEFAULT 0,
  verified INTEGER NOT NULL DEFAULT 0, greeted INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE request (
  account INTEGER NOT NULL, direction TEXT NOT NULL, greeting TEXT NOT NULL, at_ms INTEGER NOT NULL, state TEXT NOT NULL,
  PRIMARY KEY (account, direction)
) STRICT;
-- Devices whose certificates were checked. removed: the server says it is no longer of its account.
CREATE TABLE device (
  signature_key BLOB PRIMARY KEY, device INTEGER NOT NULL, account INTEGER NOT NULL, created_at_ms INTEGER NOT NULL,
  removed INTEGER NOT NULL
) STRICT;
-- The client secrets of my invitations, to know who comes with one.
CREATE TABLE invitation (
  token TEXT PRIMARY KEY, secret BLOB NOT NULL, kind TEXT NOT NULL, expires_at_ms INTEGER NOT NULL
) STRICT;

-- A device that was promised history, and how far it has come: messages below this number are left.
CREATE TABLE history_out (device BLOB PRIMARY KEY, part INTEGER NOT NULL, below INTEGER) STRICT;
-- Changes for the own other devices, not yet sent.
CREATE TABLE sync_out (what TEXT NOT NULL, key TEXT NOT NULL, value ANY NOT NULL, PRIMARY KEY (what, key)) STRICT;
`;
