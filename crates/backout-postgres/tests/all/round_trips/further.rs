//! Values that get other names, types that grow, and families that members leave.

use super::{Case, NOTHING};

#[rustfmt::skip]
pub(super) const FURTHER: &[Case] = &[
    Case { name: "enum_value_added_used_and_renamed", before: "CREATE TYPE rx AS ENUM ('a', 'b'); CREATE TABLE rt (id int PRIMARY KEY, s rx DEFAULT 'a', l rx[]); INSERT INTO rt VALUES (1, 'a', '{a}'), (2, 'b', NULL); CREATE TABLE ru (s rx, n int); INSERT INTO ru VALUES ('a', 1), ('a', 1);",
           up: "BEGIN; ALTER TYPE rx ADD VALUE 'x'; COMMIT; BEGIN; UPDATE rt SET s = 'x', l = '{b,x}'; INSERT INTO rt VALUES (3, 'x', '{x}'); UPDATE ru SET s = 'x'; ALTER TYPE rx RENAME VALUE 'x' TO 'y'; COMMIT;", rows: &["rt", "ru"], ..NOTHING },
    Case { name: "enum_values_exchanged_and_used", before: "CREATE TYPE rx AS ENUM ('a', 'b', 'c'); CREATE TABLE rt (id int PRIMARY KEY, s rx, l rx[]); INSERT INTO rt VALUES (1, 'a', '{a,b}'), (2, 'b', '{b}'), (3, 'c', NULL); CREATE TABLE ru (s rx, n int); INSERT INTO ru VALUES ('a', 1), ('a', 1), ('b', 2);",
           up: "UPDATE rt SET s = 'c' WHERE id = 1; ALTER TYPE rx RENAME VALUE 'a' TO 'tmp'; ALTER TYPE rx RENAME VALUE 'b' TO 'a'; ALTER TYPE rx RENAME VALUE 'tmp' TO 'b'; UPDATE rt SET s = 'b' WHERE id > 1; UPDATE ru SET s = 'b';", rows: &["rt", "ru"], ..NOTHING },
];
