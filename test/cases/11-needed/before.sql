-- Defaults, checks, generated columns, indexes and domains that call functions of the schema: they are made before the tables.
-- each: one, two, three
create function slugify(t text) returns text language sql immutable strict as $$ select trim(both '-' from regexp_replace(lower(t), '[^a-z0-9]+', '-', 'g')) $$;
create function next_code() returns text language sql volatile as $$ select substr(md5(random()::text), 1, 6) $$;
create function is_code(c text) returns boolean language plpgsql immutable as $$ begin return c ~ '^[a-z0-9]+$'; end $$;
create domain code as text check (is_code(value));
create type state as enum ('on', 'off');
create function is_on(s state) returns boolean language sql immutable as $$ select s = 'on' $$;
create table items (
  id integer primary key,
  name text not null,
  slug text generated always as (slugify(name)) stored,
  code code default next_code(),
  state state not null default 'on',
  constraint named check (slugify(name) <> '')
);
create index items_slugs on items (slugify(name)) where is_on(state);
insert into items (id, name, code) values (1, :tenant || ' One', 'abc');
-- each: three
-- Another one there: its rows were made by another rule, so that tenant stays.
create or replace function slugify(t text) returns text language sql immutable strict as $$ select lower(t) $$;
