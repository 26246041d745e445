/** Reading told between two who both want it. */
export const SIGNS = `
-- Up to when she told a friend that she has read, and up to when the friend told her.
ALTER TABLE chat ADD COLUMN read_told_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chat ADD COLUMN read_by_ms INTEGER NOT NULL DEFAULT 0;
`;
