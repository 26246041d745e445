/** A file may have been cleared from this device: its state is then 'cleared', and its message stays. */
export const SPACE = `
DROP TRIGGER message_deleted;
CREATE TRIGGER message_deleted AFTER DELETE ON message WHEN old.detail IS NOT NULL BEGIN
  UPDATE media SET message = NULL, tell = CASE
    WHEN state = 'cleared' THEN tell WHEN uploader = 1 AND state <> 'here' THEN 'erase'
    WHEN uploader = 1 OR state IN ('here', 'gone') THEN tell ELSE 'taken' END WHERE message = old.n;
END;
`;
