-- Types there and back after a key went.
-- rows: tb

-- before
CREATE TABLE tb (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, b char(3),
  n text COLLATE "C" DEFAULT 'x');
INSERT INTO tb (b, n) VALUES ('1.1', 'note53 1.1.2'), (NULL, 'note53 1.3.4'), ('1.1', 'note53 1.1.4'), ('1.3',
  'x');

-- up
ALTER TABLE tb DROP COLUMN id CASCADE;
ALTER TABLE tb ALTER n TYPE char(10) USING n::char(10);
ALTER TABLE tb ALTER n TYPE text USING n::text;
