/** What she keeps: copies of messages that outlive them. */
export const FAVOURITES = `
-- words: what a search looks through. gone: she took it out; only the id stays, so that no other device brings it back.
CREATE TABLE favourite (
  id BLOB PRIMARY KEY, at_ms INTEGER NOT NULL, said_ms INTEGER NOT NULL, sender INTEGER, source TEXT NOT NULL,
  kind TEXT NOT NULL, text TEXT NOT NULL, detail TEXT, thumb BLOB, words TEXT NOT NULL, gone INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX favourite_order ON favourite (at_ms) WHERE gone = 0;
`;
