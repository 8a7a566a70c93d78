-- locks:
--   public.sr, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- steps:
-- sequence public.sq_id_seq
ALTER SEQUENCE public.sq_id_seq OWNED BY NONE;
-- what the migration added
ALTER TABLE public.sr SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.sr RENAME TO "16416 sr";
-- sequence public.sq_id_seq
ALTER SEQUENCE public.sq_id_seq OWNED BY public.sq.id;

-- renumbered:
--   (#pg_class:16410:0, "sequence public.sq_id_seq")

-- moved aside:
--   Moved { id: #pg_class:16416:0, identity: "table public.sr", from_schema: "public", to_schema: "backout_undone_1", name: "sr", kept_as: "16416 sr" }

-- may be set aside:
--   Aside { schema: "public", table: "sr", column: None, copy_schema: "backout_undone_1", copy: "16416 sr", by: Rows, left: None }
