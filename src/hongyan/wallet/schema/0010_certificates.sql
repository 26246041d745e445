-- Certificates by which a shop's program is known [SH11]. serial: of 20 bytes; key_hash: SHA-256 of the public key;
-- certificate: X.509 in DER; ended_at_ms: when it was revoked or its shop was closed, 0 until then.
CREATE TABLE shop_certificate (
    serial BLOB NOT NULL PRIMARY KEY,
    shop_id BLOB NOT NULL,
    key_hash BLOB NOT NULL,
    certificate BLOB NOT NULL,
    made_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    ended_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX shop_certificate_by_shop ON shop_certificate (shop_id, made_at_ms);
