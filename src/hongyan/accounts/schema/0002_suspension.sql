-- While it is set, the account can do nothing and all it has stays [AD2].
ALTER TABLE account ADD COLUMN suspended_at_ms INTEGER;
