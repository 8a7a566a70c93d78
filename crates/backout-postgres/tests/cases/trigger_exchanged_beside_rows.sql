-- Trigger exchanged beside rows.
-- rows: tg

-- before
CREATE TABLE tg (id int PRIMARY KEY, k text);
INSERT INTO tg VALUES (1, 'a'), (2, 'b');
CREATE TRIGGER t BEFORE INSERT ON tg FOR EACH ROW EXECUTE FUNCTION touch();

-- up
UPDATE tg SET k = 'z';
DROP TRIGGER t ON tg;
CREATE TRIGGER t BEFORE INSERT ON tg FOR EACH ROW WHEN (NEW.id > 5) EXECUTE FUNCTION touch();
