-- Views that need one another anew.

-- before
CREATE VIEW lower1 AS SELECT id, email FROM users;
CREATE VIEW top1 AS SELECT l.id FROM lower1 l JOIN posts p ON p.user_id = l.id;

-- up
CREATE OR REPLACE VIEW lower1 AS SELECT id, email, mood FROM users;
CREATE TABLE beside (id int);
CREATE VIEW cyc AS SELECT id FROM beside;
CREATE OR REPLACE VIEW top1 AS SELECT c.id, 1 AS one FROM cyc c;
