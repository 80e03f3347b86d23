-- Triggers follow their functions: a function that looks at nothing but the row is carried over, one that looks at tables, names,
-- roles or schemas is for a human.
-- each: one, two
create type mood as enum ('calm', 'cross');
create table notes (id integer primary key, title text, body text, mood mood default 'calm', price numeric(8, 2), words tsvector, changed timestamptz, changes integer not null default 0);
create table log (id integer generated always as identity primary key, note_id integer, at timestamptz);
insert into notes (id, title, body) values (1, 'First', 'text');

-- Carried over: the row, functions of its own that are carried over, and Postgres' own.
create function plain(t text) returns text language sql immutable strict as $$ select lower(trim(both from t)) $$;
create function tidy() returns trigger language plpgsql as $body$
declare
  -- The table notes is only named in this comment, and 'log' in a text.
  word text;
begin
  if tg_op = 'INSERT' and new.title is null then raise exception 'a note in ''log'' has a title'; end if;
  new.title := coalesce(plain(new.title), 'none');
  new.changed := clock_timestamp();
  new.changes := old.changes + 1;
  return new;
end
$body$;
create function calmer(mood) returns mood language sql immutable as $$ select $1 $$;
create trigger tidied before update of title on notes for each row when (old.* is distinct from new.*) execute function tidy();
create trigger worded before insert or update on notes for each row execute function tsvector_update_trigger(words, 'pg_catalog.english', title, body);
create trigger unchanged before update on notes for each row execute function suppress_redundant_updates_trigger();
alter table notes disable trigger unchanged;
create function refuse() returns trigger language plpgsql as $$ begin raise exception 'notes are kept'; end $$;
create trigger kept before truncate on notes execute function refuse();
create constraint trigger priced after insert on notes deferrable initially deferred for each row when (new.price < 0) execute function refuse();

-- Not carried over, each for a reason of its own.
create function logged() returns trigger language plpgsql as $$ begin insert into log (note_id, at) values (new.id, now()); return new; end $$;
create trigger logged after insert on notes for each row execute function logged();
create function counts() returns bigint language sql stable as $$ select count(*) from notes $$;
create function dynamic() returns trigger language plpgsql as $$ begin execute 'delete from ' || 'notes'; return old; end $$;
create function told() returns trigger language plpgsql as $$ begin perform pg_notify('notes', new.id::text); return new; end $$;
create function named() returns trigger language plpgsql as $$ begin new.title := tg_table_name; return new; end $$;
create function who() returns text language sql stable as $$ select current_user::text $$;
create function whole() returns trigger language plpgsql as $$ begin new.body := to_jsonb(new)::text; return new; end $$;
create function casts() returns trigger language plpgsql as $$ begin new.mood := 'cross'::mood; return new; end $$;
create function definer() returns trigger language plpgsql security definer as $$ begin return new; end $$;
create trigger definer before insert on notes for each row execute function definer();
create function calls() returns trigger language plpgsql as $$ begin new.body := who(); return new; end $$;
create function atomic(n integer) returns integer begin atomic select n + 1; end;
create function title(notes) returns text language sql as $$ select $1.title $$;
create function heading(notes) returns text language sql as $$ select $1.title $$;
create function headed() returns trigger language plpgsql as $$ begin new.body := new.heading; return new; end $$;
create function many() returns trigger language plpgsql as $$ begin return null; end $$;
create trigger many after insert on notes referencing new table as fresh for each statement execute function many();
create function sequenced() returns bigint language sql as $$ select nextval('log_id_seq') $$;
create function asked(who text default current_user) returns text language sql as $$ select who $$;
create procedure proceed() language plpgsql as $$ begin null; end $$;
create aggregate total(integer) (sfunc = int4pl, stype = integer);
create function again(n integer) returns integer language plpgsql as $$ begin return case when n > 0 then again(n - 1) else 0 end; end $$;

-- The same text over another type: only one of these is the same everywhere.
create function half() returns trigger language plpgsql as $$ begin new.share := new.share / 2; return new; end $$;
-- each: one
create table parts (id integer primary key, share integer, note text);
-- each: two
create table parts (id integer primary key, share bigint, note text);
create function only_here() returns integer language sql as 'select 1';
-- each: one, two
create trigger halved before update on parts for each row execute function half();
create function noted() returns trigger language plpgsql as $$ begin new.note := upper(new.note); return new; end $$;
create trigger noted before update on parts for each row execute function noted();
