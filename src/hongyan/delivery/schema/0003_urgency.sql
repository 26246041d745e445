-- Whether devices that are away are woken for the message [PU3]; 0: no.
ALTER TABLE body ADD COLUMN urgency INTEGER NOT NULL DEFAULT 0;
