-- Types twice under another key.
-- verdict: column public.nq.v

-- before
CREATE TABLE nq (id int PRIMARY KEY, u text NOT NULL, v numeric);
INSERT INTO nq SELECT i, 'u' || i, i / 4.0 FROM generate_series(1, 9) i;

-- up
ALTER TABLE nq ALTER v TYPE int;
ALTER TABLE nq DROP CONSTRAINT nq_pkey;
ALTER TABLE nq ADD PRIMARY KEY (u);
ALTER TABLE nq ALTER v TYPE numeric(9, 1);
