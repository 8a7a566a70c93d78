-- Not null with another type.
-- left: 2 values of column public.nn.ev that were written since do not fit its former type
-- rows: nn

-- before
CREATE TABLE nn (id int PRIMARY KEY, ev timestamp(3));
INSERT INTO nn VALUES (1, '2026-01-01'), (2, NULL);

-- up
ALTER TABLE nn ALTER ev TYPE boolean USING (ev IS NOT NULL), ALTER ev SET DEFAULT false,
  ALTER ev SET NOT NULL;

-- since
INSERT INTO nn VALUES (3, true), (4, false);
