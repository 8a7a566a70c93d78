-- Rename table.

-- up
ALTER TABLE posts RENAME TO articles;
ALTER TABLE users RENAME COLUMN note TO remark;
