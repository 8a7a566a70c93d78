//! Values that get other names, types that grow, and families that members leave.

use super::{Case, NOTHING};

#[rustfmt::skip]
pub(super) const FURTHER: &[Case] = &[
    Case { name: "enum_value_added_used_and_renamed", before: "CREATE TYPE rx AS ENUM ('a', 'b'); CREATE TABLE rt (id int PRIMARY KEY, s rx DEFAULT 'a', l rx[]); INSERT INTO rt VALUES (1, 'a', '{a}'), (2, 'b', NULL); CREATE TABLE ru (s rx, n int); INSERT INTO ru VALUES ('a', 1), ('a', 1);",
           up: "BEGIN; ALTER TYPE rx ADD VALUE 'x'; COMMIT; BEGIN; UPDATE rt SET s = 'x', l = '{b,x}'; INSERT INTO rt VALUES (3, 'x', '{x}'); UPDATE ru SET s = 'x'; ALTER TYPE rx RENAME VALUE 'x' TO 'y'; COMMIT;", rows: &["rt", "ru"], ..NOTHING },
    Case { name: "enum_values_exchanged_and_used", before: "CREATE TYPE rx AS ENUM ('a', 'b', 'c'); CREATE TABLE rt (id int PRIMARY KEY, s rx, l rx[]); INSERT INTO rt VALUES (1, 'a', '{a,b}'), (2, 'b', '{b}'), (3, 'c', NULL); CREATE TABLE ru (s rx, n int); INSERT INTO ru VALUES ('a', 1), ('a', 1), ('b', 2);",
           up: "UPDATE rt SET s = 'c' WHERE id = 1; ALTER TYPE rx RENAME VALUE 'a' TO 'tmp'; ALTER TYPE rx RENAME VALUE 'b' TO 'a'; ALTER TYPE rx RENAME VALUE 'tmp' TO 'b'; UPDATE rt SET s = 'b' WHERE id > 1; UPDATE ru SET s = 'b';", rows: &["rt", "ru"], ..NOTHING },
    Case { name: "attribute_added_and_used", before: "CREATE TYPE ct AS (a int); CREATE TABLE at (id int PRIMARY KEY, x ct, l ct[]); INSERT INTO at VALUES (1, ROW(1), ARRAY[ROW(5)::ct]), (2, NULL, NULL);",
           up: "ALTER TYPE ct ADD ATTRIBUTE c text; UPDATE at SET x.c = 'z';", rows: &["at"], ..NOTHING },
    Case { name: "attribute_added_between_changes", before: "CREATE TYPE ct AS (a int); CREATE TABLE at (id int PRIMARY KEY, x ct); INSERT INTO at VALUES (1, ROW(1)), (2, NULL), (3, ROW(3)); CREATE TABLE au (x ct, n int); INSERT INTO au VALUES (ROW(1), 1), (ROW(1), 1);",
           up: "UPDATE at SET x = ROW(2) WHERE id < 3; UPDATE au SET x.a = 2; ALTER TYPE ct ADD ATTRIBUTE c text, ADD ATTRIBUTE d int; UPDATE at SET x.c = 'z'; UPDATE au SET x.d = 5; ALTER TYPE ct RENAME ATTRIBUTE c TO e; INSERT INTO at VALUES (4, ROW(4, 'e', 4));",
           since: "INSERT INTO at VALUES (9, ROW(1, 'since', NULL));", rows: &["(SELECT * FROM at WHERE id < 9) s", "au"], ..NOTHING },
];
