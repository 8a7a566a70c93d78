-- Generated anew of another type.
-- rows: gl

-- before
CREATE TABLE gl (id int PRIMARY KEY, qty int, price numeric NOT NULL DEFAULT 1.5,
  sum numeric GENERATED ALWAYS AS (qty * price) STORED);
INSERT INTO gl VALUES (1, 2, 1.5), (2, 3, 2);

-- up
ALTER TABLE gl DROP COLUMN sum;
ALTER TABLE gl ALTER price TYPE int USING round(price);
ALTER TABLE gl ADD COLUMN sum bigint GENERATED ALWAYS AS (qty * price + 1) STORED;
