/** The chunks of a file may come in any order, when it is watched while it is fetched. */
export const PART_FILES = `
-- have: which chunks are in the file, a bit each, the lowest of the first byte first; null: those that moved counts.
ALTER TABLE media ADD COLUMN have BLOB;
`;
