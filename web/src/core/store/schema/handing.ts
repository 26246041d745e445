/** What was said in a group before somebody came, handed over to her by the one who brought her in. */
export const HANDING = `
-- Who is to be given how many messages at most, until she has come. secret: told to her devices in the welcome; it
-- opens what follows. came_ms: when she came.
CREATE TABLE handing (
  group_id BLOB NOT NULL, account INTEGER NOT NULL, secret BLOB NOT NULL, amount INTEGER NOT NULL, came_ms INTEGER,
  PRIMARY KEY (group_id, account)
) STRICT;
-- Bundles on their way to the server. people: accounts, as JSON.
CREATE TABLE handing_out (
  id INTEGER PRIMARY KEY, group_id BLOB NOT NULL, people TEXT NOT NULL, count INTEGER NOT NULL, secret BLOB NOT NULL,
  blob BLOB NOT NULL, key BLOB NOT NULL, prefix BLOB NOT NULL, content BLOB NOT NULL, made_ms INTEGER NOT NULL,
  retry_at_ms INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0
) STRICT;
-- What this device was promised in a welcome, by whom and when; from blob on: where it is, once that was said.
CREATE TABLE handing_in (
  group_id BLOB PRIMARY KEY, inviter INTEGER NOT NULL, secret BLOB NOT NULL, at_ms INTEGER NOT NULL,
  blob BLOB, key BLOB, prefix BLOB, hash BLOB, bytes INTEGER, retry_at_ms INTEGER NOT NULL DEFAULT 0,
  tries INTEGER NOT NULL DEFAULT 0
) STRICT;
-- vouched: the account that handed the message over; null when it came from its sender. named: what the sender is
-- called where no account of that number is known here.
ALTER TABLE message ADD COLUMN vouched INTEGER;
ALTER TABLE message ADD COLUMN named TEXT;
`;
