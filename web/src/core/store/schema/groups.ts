/** What rules a group has given itself, and what waits to be changed in them. */
export const GROUPS = `
-- The policy a group stands under, as far as this device has followed it. intruders: how many devices are in the tree
-- without right; while there is one, nothing is said in the group. doubted_ms: since when it is not certain any more.
CREATE TABLE group_standing (
  group_id BLOB PRIMARY KEY, version INTEGER NOT NULL, doubted_ms INTEGER, intruders INTEGER NOT NULL,
  standing BLOB NOT NULL
) STRICT;
-- What she wants changed in a policy until it is so, one row for each thing; made a version when it is committed.
CREATE TABLE policy_wish (
  group_id BLOB NOT NULL, what TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (group_id, what)
) STRICT;
-- What others say the policy is, while this device does not know: by account, newest.
CREATE TABLE policy_word (
  group_id BLOB NOT NULL, account INTEGER NOT NULL, hash BLOB NOT NULL, trail BLOB NOT NULL,
  PRIMARY KEY (group_id, account)
) STRICT;
-- When this device repaired what was done without right: not without end.
CREATE TABLE repair (group_id BLOB NOT NULL, at_ms INTEGER NOT NULL) STRICT;
-- The names members gave themselves in a group, each signed by her.
CREATE TABLE nickname (
  group_id BLOB NOT NULL, account INTEGER NOT NULL, nickname TEXT NOT NULL, at_ms INTEGER NOT NULL,
  signature BLOB NOT NULL, PRIMARY KEY (group_id, account)
) STRICT;
-- Who asks to come in, until she is: with the account key she signed with. admitted: an owner or admin need not agree,
-- or has agreed.
CREATE TABLE join_request (
  group_id BLOB NOT NULL, account INTEGER NOT NULL, account_key BLOB NOT NULL, name TEXT NOT NULL,
  inviter INTEGER NOT NULL, at_ms INTEGER NOT NULL, admitted INTEGER NOT NULL, PRIMARY KEY (group_id, account)
) STRICT;
-- The signed goodbye of who left, to go with the commit that removes her.
ALTER TABLE departed ADD COLUMN proof BLOB;
-- What holds once an own commit is the group's epoch.
ALTER TABLE pending_commit ADD COLUMN standing BLOB;
-- Up to which announcement she has read, and whether names in the group are shown above messages.
ALTER TABLE chat ADD COLUMN announcement_seen_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chat ADD COLUMN shows_nicknames INTEGER NOT NULL DEFAULT 1;
`;
