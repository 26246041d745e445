/** Messages that are more than text: what they carry, what was said about them, how a chat is kept. */
export const MESSAGES = `
-- detail: what the kind needs beyond its text, as JSON. thumb: a small picture. quote: the id of the message answered.
ALTER TABLE message ADD COLUMN detail TEXT;
ALTER TABLE message ADD COLUMN thumb BLOB;
ALTER TABLE message ADD COLUMN quote BLOB;
ALTER TABLE message ADD COLUMN mentions TEXT;
ALTER TABLE message ADD COLUMN edited INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN expires_at_ms INTEGER;
CREATE INDEX message_expiry ON message (expires_at_ms) WHERE expires_at_ms IS NOT NULL;

-- Emoji that people put on messages, by the message's id, whether or not it is here yet.
CREATE TABLE reaction (
  target BLOB NOT NULL, account INTEGER NOT NULL, emoji TEXT NOT NULL, content_id BLOB NOT NULL, at_ms INTEGER NOT NULL,
  PRIMARY KEY (target, account, emoji)
) STRICT, WITHOUT ROWID;
CREATE INDEX reaction_said ON reaction (content_id);
-- Edits and recalls of messages that have not come yet. text null: recalled.
CREATE TABLE replacement (
  target BLOB NOT NULL, account INTEGER NOT NULL, text TEXT, at_ms INTEGER NOT NULL, PRIMARY KEY (target, account)
) STRICT, WITHOUT ROWID;

-- How she keeps a chat. timer_s: new messages disappear after so long; 0 never.
ALTER TABLE chat ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chat ADD COLUMN muted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chat ADD COLUMN folded INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chat ADD COLUMN marked_unread INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chat ADD COLUMN mentioned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chat ADD COLUMN background TEXT NOT NULL DEFAULT '';
ALTER TABLE chat ADD COLUMN timer_s INTEGER NOT NULL DEFAULT 0;
`;
