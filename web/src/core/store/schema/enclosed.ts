/** Photos and voice messages that are handed over with what was said before, and reactions that somebody vouches for. */
export const ENCLOSED = `
-- files…: what goes with the messages, in a blob of its own; null where there is nothing.
ALTER TABLE handing_out ADD COLUMN files BLOB;
ALTER TABLE handing_out ADD COLUMN files_blob BLOB;
ALTER TABLE handing_out ADD COLUMN files_key BLOB;
ALTER TABLE handing_out ADD COLUMN files_prefix BLOB;
ALTER TABLE handing_in ADD COLUMN files_blob BLOB;
ALTER TABLE handing_in ADD COLUMN files_key BLOB;
ALTER TABLE handing_in ADD COLUMN files_prefix BLOB;
ALTER TABLE handing_in ADD COLUMN files_hash BLOB;
ALTER TABLE handing_in ADD COLUMN files_bytes INTEGER;
-- vouched 1: it came with a message that somebody handed over, and goes with it when the message itself comes.
ALTER TABLE reaction ADD COLUMN vouched INTEGER;
`;
