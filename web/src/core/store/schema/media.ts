/** The files that messages carry, wherever their bytes are. */
export const MEDIA = `
-- One row for each file of a message (path "") or of a line of a record ("2.0"); its bytes are in the file named id.
-- state: away (with the server), wanted, here, gone, broken; of own ones before: copying, sending, stopped, uploaded.
-- moved: bytes fetched or sent so far. uploader: this device makes the blob. tell: what the server must still hear,
-- taken or erase. asked: she wants it, and not only the app. due_epoch: the group's epoch when it was told whose the blob is. message null: nobody wants it.
CREATE TABLE media (
  id INTEGER PRIMARY KEY AUTOINCREMENT, message INTEGER, path TEXT NOT NULL, blob TEXT NOT NULL, kind TEXT NOT NULL,
  bytes INTEGER NOT NULL, expires_s INTEGER NOT NULL, state TEXT NOT NULL, moved INTEGER NOT NULL DEFAULT 0,
  uploader INTEGER NOT NULL DEFAULT 0, begun INTEGER NOT NULL DEFAULT 0, tell TEXT, due_epoch INTEGER, problem TEXT,
  heard INTEGER NOT NULL DEFAULT 0, asked INTEGER NOT NULL DEFAULT 0, retry_at_ms INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0,
  UNIQUE (message, path)
) STRICT;
CREATE INDEX media_busy ON media (state) WHERE state IN ('wanted', 'copying', 'sending', 'uploaded');
CREATE INDEX media_unwanted ON media (id) WHERE message IS NULL;
CREATE INDEX media_untold ON media (id) WHERE tell IS NOT NULL;
CREATE INDEX media_due ON media (id) WHERE due_epoch IS NOT NULL;

-- Whoever stores, deletes or takes back a message need not know of its files.
CREATE TRIGGER message_carries AFTER INSERT ON message WHEN new.detail IS NOT NULL BEGIN
  INSERT INTO media (message, path, blob, kind, bytes, expires_s, state)
  SELECT new.n, replace(replace(replace(replace(found.path, '.items[', '.'), '].detail', ''), '$.', ''), '$', ''),
    found.atom, json_extract(new.detail, found.path || '.kind'), json_extract(new.detail, found.path || '.bytes'),
    json_extract(new.detail, found.path || '.expiresS'),
    iif(json_extract(new.detail, found.path || '.kind') IN ('picture', 'voice', 'sticker'), 'wanted', 'away')
  FROM json_tree(new.detail) AS found WHERE found.key = 'blob' AND found.atom <> '';
END;
CREATE TRIGGER message_deleted AFTER DELETE ON message WHEN old.detail IS NOT NULL BEGIN
  UPDATE media SET message = NULL, tell = CASE
    WHEN uploader = 1 AND state <> 'here' THEN 'erase' WHEN uploader = 1 OR state IN ('here', 'gone') THEN tell
    ELSE 'taken' END WHERE message = old.n;
END;
CREATE TRIGGER message_recalled AFTER UPDATE OF kind ON message WHEN new.kind = 'recalled' AND old.detail IS NOT NULL BEGIN
  UPDATE media SET message = NULL, tell = CASE
    WHEN uploader = 1 THEN 'erase' WHEN state IN ('here', 'gone') THEN tell ELSE 'taken' END WHERE message = old.n;
END;
`;
