/** What people say of themselves, this account included: picture and status. */
export const PROFILES = `
CREATE TABLE profile (
  account INTEGER PRIMARY KEY, picture BLOB, status TEXT NOT NULL, at_ms INTEGER NOT NULL
) STRICT;
-- Which of the own profiles a friend, or the own other devices (under the own account), was told last.
CREATE TABLE profile_told (account INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT;
`;
