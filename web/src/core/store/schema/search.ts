/** What search needs beside the messages. All of it can be made again from them. */
export const SEARCH = `
-- Terms of messages (search/grams.ts) by number; no text, no order of the terms.
CREATE VIRTUAL TABLE search USING fts5(terms, content='', contentless_delete=1, detail=none, tokenize='ascii');
-- The one row: messages with low < n <= high are in the index, made by this shape of terms; 0: none yet.
CREATE TABLE search_state (low INTEGER NOT NULL, high INTEGER NOT NULL, shape INTEGER NOT NULL) STRICT;
INSERT INTO search_state SELECT coalesce(max(n), 0), coalesce(max(n), 0), 0 FROM message;
-- Messages between low and high that changed and are to be indexed anew.
CREATE TABLE search_again (n INTEGER PRIMARY KEY) STRICT;

-- Whoever deletes or changes a message, the index forgets it in the same transaction. A number that is free
-- again at the top is above high again, too, for the message that takes it.
CREATE TRIGGER search_deleted AFTER DELETE ON message
WHEN old.n <= (SELECT high FROM search_state) BEGIN
  DELETE FROM search WHERE rowid = old.n;
  DELETE FROM search_again WHERE n = old.n;
  UPDATE search_state SET high = min(high, coalesce((SELECT max(n) FROM message), 0));
  UPDATE search_state SET low = min(low, high);
END;
CREATE TRIGGER search_changed AFTER UPDATE OF kind, text, detail, chat ON message
WHEN old.n <= (SELECT high FROM search_state) AND old.n > (SELECT low FROM search_state) BEGIN
  DELETE FROM search WHERE rowid = old.n;
  INSERT OR IGNORE INTO search_again (n) VALUES (old.n);
END;
`;
