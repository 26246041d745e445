-- declined = 1: by the one who is asked, so that asking again does not bring it back; a request that is hidden for any
-- other reason is judged anew when it is made again [CT1]. Of those hidden before nobody knows why.
ALTER TABLE friend_request ADD COLUMN declined INTEGER NOT NULL DEFAULT 0;
UPDATE friend_request SET declined = 1 WHERE shown = 0;
