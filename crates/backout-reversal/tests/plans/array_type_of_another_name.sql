-- locks:
--   public._foo, ACCESS EXCLUSIVE
--   public.foo, ACCESS EXCLUSIVE
--   public.of_foo, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- steps:
-- constraint of_foo_pkey on public.of_foo
ALTER TABLE public.of_foo DROP CONSTRAINT IF EXISTS of_foo_pkey CASCADE;
-- what the migration added
ALTER TABLE public._foo SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE public.foo SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1._foo RENAME TO "16416 _foo";
-- what the migration added
ALTER TABLE backout_undone_1.foo RENAME TO "16418 foo";
-- table public.foo
ALTER TABLE backout_archive_1."27409 foo" SET SCHEMA public;
-- table public.foo
ALTER TABLE public."27409 foo" RENAME TO foo;
-- table public.of_foo
ALTER TABLE public.of_foo RENAME TO backout_rebuilt_16411;
-- table public.of_foo
CREATE TABLE public.of_foo (id integer NOT NULL, x public.foo[], y text);
-- table public.of_foo
INSERT INTO public.of_foo (id, x, y) OVERRIDING SYSTEM VALUE SELECT t.id, c2.backout_value::text::public.foo[], t.y FROM ONLY public.backout_rebuilt_16411 t LEFT JOIN backout_archive_1.column_27412_2 c2 ON c2.id = t.id;
-- table public.of_foo
DROP TABLE public.backout_rebuilt_16411;
-- constraint of_foo_pkey on public.of_foo
--   may clash: Values, at once None
ALTER TABLE public.of_foo ADD CONSTRAINT of_foo_pkey PRIMARY KEY (id);

-- tail:
-- table public.of_foo: analyze
ANALYZE public.of_foo;

-- rebuilt:
--   public.of_foo

-- remade:
--   #pg_class:16411:0 table public.of_foo
--   #pg_class:16412:0 index public.of_foo_pkey
--   #pg_constraint:16413:0 constraint of_foo_pkey on public.of_foo

-- parts:
--   column public.foo.a
--   column public.of_foo.id
--   column public.of_foo.x
--   column public.of_foo.y
--   constraint of_foo_pkey on public.of_foo
--   index public.of_foo_pkey
--   table public.foo
--   table public.of_foo

-- renumbered:
--   (#pg_class:16410:0, "table public.foo")
--   (#pg_class:16410:1, "column public.foo.a")
--   (#pg_class:16411:0, "table public.of_foo")
--   (#pg_class:16411:1, "column public.of_foo.id")
--   (#pg_class:16411:2, "column public.of_foo.x")
--   (#pg_class:16411:3, "column public.of_foo.y")
--   (#pg_class:16412:0, "index public.of_foo_pkey")
--   (#pg_constraint:16413:0, "constraint of_foo_pkey on public.of_foo")

-- moved aside:
--   Moved { id: #pg_class:16416:0, identity: "table public._foo", from_schema: "public", to_schema: "backout_undone_1", name: "_foo", kept_as: "16416 _foo" }
--   Moved { id: #pg_class:16418:0, identity: "table public.foo", from_schema: "public", to_schema: "backout_undone_1", name: "foo", kept_as: "16418 foo" }

-- may be set aside:
--   Aside { schema: "public", table: "_foo", column: None, copy_schema: "backout_undone_1", copy: "16416 _foo", by: Rows, left: None }
--   Aside { schema: "public", table: "foo", column: None, copy_schema: "backout_undone_1", copy: "16418 foo", by: Rows, left: None }
