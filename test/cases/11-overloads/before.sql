-- Overloads of Postgres' own functions that call those: which of the two a call means, its arguments say, here as there.
-- Where there is a third one of the name, or Postgres has none, it stays.
-- each: one, two
create function lower(a text[]) returns text[] language sql immutable as $$ select array_agg(lower(v)) from unnest(a) v $$;
create function upper(a text[]) returns text[] language sql immutable as $$ select array_agg(upper(v)) from unnest(a) v $$;
create function reverse(a integer) returns text language sql immutable as $$ select reverse(a::text) $$;
create function reverse(a bigint) returns text language sql immutable as $$ select reverse(a::text) $$;
create function factors(n integer) returns integer language sql immutable as $$ select case when n < 2 then 1 else n * factors(n - 1) end $$;
create function calm(a text[]) returns text[] language sql immutable as $$ select lower(a) $$;
create table artists (id integer primary key, other text[], plain text[] generated always as (lower(other)) stored);
create index artists_others on artists using gin (lower(other));
create unique index artists_once on artists (lower(other)) where id > 0;
insert into artists (id, other) values (1, array['A', upper(:tenant)]);
-- once
create function public.upper(a varchar[]) returns text language sql immutable as $$ select 'a third one' $$;
