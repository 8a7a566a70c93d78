-- Values that do not cast back.
-- left: 1 values of column public.vc.u that were written since do not fit its former type
-- rows: vc

-- before
CREATE TABLE vc (id int PRIMARY KEY, u uuid, n int, v text);
INSERT INTO vc VALUES (1, '00000000-0000-0000-0000-000000000001', 5, 'a');
CREATE INDEX ON vc (u);

-- up
ALTER TABLE vc ALTER u TYPE text;
ALTER TABLE vc ALTER n TYPE bigint;

-- since
INSERT INTO vc VALUES (2, 'no uuid', 5000000000, 'b'), (3, '00000000-0000-0000-0000-000000000003', 7, 'c');
