-- Who paid by the payer's family card; 0: the payer herself.
ALTER TABLE shop_order ADD COLUMN card_user_id INTEGER NOT NULL DEFAULT 0;

CREATE INDEX shop_order_by_card_user ON shop_order (card_user_id) WHERE card_user_id <> 0;
