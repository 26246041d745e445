-- What a shop's own program asks for: kind 0: made in the app, 1 JSAPI, 2 Native, 3 H5. for_id: who alone may pay it;
-- 0: whoever has the code. attach: given back as it came. notify_url: told of it in the place of the shop's webhook.
ALTER TABLE shop_order ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE shop_order ADD COLUMN for_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE shop_order ADD COLUMN attach TEXT NOT NULL DEFAULT '';
ALTER TABLE shop_order ADD COLUMN notify_url TEXT NOT NULL DEFAULT '';

-- out_refund_no: the number that a shop's program gave it; empty of one given back by hand.
ALTER TABLE shop_refund ADD COLUMN out_refund_no TEXT NOT NULL DEFAULT '';

CREATE INDEX shop_refund_by_number ON shop_refund (shop_id, out_refund_no) WHERE out_refund_no <> '';

-- Where a shop wants to be told of payments and refunds. secret: what the notices are signed with.
CREATE TABLE shop_webhook (
    shop_id BLOB NOT NULL PRIMARY KEY,
    url TEXT NOT NULL,
    secret BLOB NOT NULL,
    made_at_ms INTEGER NOT NULL
) STRICT;

-- What a shop is told. kind 1: order paid, 2: refund made, 3: trial. about: the order or refund. state 1: waits for
-- due_at_ms, 2: taken, 3: given up. last_failure: why it was not taken the last time.
CREATE TABLE shop_notice (
    id BLOB NOT NULL PRIMARY KEY,
    shop_id BLOB NOT NULL,
    url TEXT NOT NULL,
    kind INTEGER NOT NULL,
    about BLOB NOT NULL,
    state INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    made_at_ms INTEGER NOT NULL,
    due_at_ms INTEGER NOT NULL,
    last_failure TEXT
) STRICT;

CREATE INDEX shop_notice_by_due ON shop_notice (due_at_ms) WHERE state = 1;
CREATE INDEX shop_notice_by_shop ON shop_notice (shop_id, made_at_ms);
