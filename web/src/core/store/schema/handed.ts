/** What is handed over also when somebody else's commit brought her in, and what the group's own rule gives. */
export const HANDED = `
-- chosen 0: the group's rule gives it, and whoever brings her in does it. late 1: another's commit brought her in; she
-- was promised nothing in her welcome. box_key: her account's, where she asked to join; null: as the directory has it.
ALTER TABLE handing ADD COLUMN chosen INTEGER NOT NULL DEFAULT 1;
ALTER TABLE handing ADD COLUMN late INTEGER NOT NULL DEFAULT 0;
ALTER TABLE handing ADD COLUMN box_key BLOB;
ALTER TABLE join_request ADD COLUMN box_key BLOB;
-- boxes: the secret sealed to the accounts of those who were promised nothing, as it is said; null: all were promised.
ALTER TABLE handing_out ADD COLUMN boxes BLOB;
-- One row for each who hands over. done 1: nothing more is taken from her.
CREATE TABLE handing_in_each (
  group_id BLOB NOT NULL, inviter INTEGER NOT NULL, secret BLOB NOT NULL, at_ms INTEGER NOT NULL,
  blob BLOB, key BLOB, prefix BLOB, hash BLOB, bytes INTEGER, retry_at_ms INTEGER NOT NULL DEFAULT 0,
  tries INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (group_id, inviter)
) STRICT;
INSERT INTO handing_in_each (group_id, inviter, secret, at_ms, blob, key, prefix, hash, bytes, retry_at_ms, tries)
SELECT group_id, inviter, secret, at_ms, blob, key, prefix, hash, bytes, retry_at_ms, tries FROM handing_in;
DROP TABLE handing_in;
ALTER TABLE handing_in_each RENAME TO handing_in;
`;
