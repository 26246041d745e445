/** Cards of money on their way. */
export const CARDS = `
-- Written before the request that moves the money leaves, erased with the storing of the card's message.
-- id: the act's; card: the card as JSON, of a packet without the commitment; at_ms: when it was last asked for.
CREATE TABLE card_due (id TEXT PRIMARY KEY, chat TEXT NOT NULL, card TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;
`;
