/** What she keeps comes to all her own devices. */
export const FOLLOWING = `
-- position: when it was last put forward, of older ones their order; gone_ms: when it was last taken out; it is kept
-- while position is above gone_ms. told: the other own devices know. Content is empty until it has come.
ALTER TABLE sticker ADD COLUMN gone_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sticker ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
CREATE INDEX sticker_untold ON sticker (told) WHERE told = 0;

-- Files that another own device has: since when this one knows that, when it asked, and the blob it was given.
-- opened: she wants it now, however large it is.
CREATE TABLE following_in (
  name TEXT PRIMARY KEY, bytes INTEGER NOT NULL, since_ms INTEGER NOT NULL, opened INTEGER NOT NULL DEFAULT 0,
  asked_ms INTEGER, blob BLOB, key BLOB, prefix BLOB, hash BLOB, moved INTEGER NOT NULL DEFAULT 0, problem TEXT,
  tries INTEGER NOT NULL DEFAULT 0, retry_at_ms INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Files on their way to the other own devices.
CREATE TABLE following_out (
  name TEXT PRIMARY KEY, blob BLOB NOT NULL, key BLOB NOT NULL, prefix BLOB NOT NULL, made_ms INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0, retry_at_ms INTEGER NOT NULL DEFAULT 0
) STRICT;
`;
