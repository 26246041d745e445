/** The stickers she keeps, made by herself or taken over from others. */
export const STICKERS = `
-- id: SHA-256 of content, so that one is kept once. The highest position stands first.
CREATE TABLE sticker (
  id BLOB PRIMARY KEY, type TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, content BLOB NOT NULL,
  thumb BLOB, position INTEGER NOT NULL
) STRICT;
CREATE INDEX sticker_position ON sticker (position);

-- One that is larger than any that this app makes is not fetched by itself.
CREATE TRIGGER sticker_too_large AFTER INSERT ON media
WHEN new.kind = 'sticker' AND new.state = 'wanted' AND new.bytes > 800000 BEGIN
  UPDATE media SET state = 'away' WHERE id = new.id;
END;
`;
