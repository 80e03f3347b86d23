-- Functions that cannot be made anew, because what they name is gone: they stay, and what calls them; the rest goes.
-- each: one, two
set check_function_bodies to off;
create table items (id integer primary key, name text);
create function shout(t text) returns text language sql immutable as $$ select upper(t) $$;
create function looked_up(i integer) returns text language sql stable as $$ select name from elsewhere.gone where id = i $$;
create function twice(i integer) returns text language sql stable as $$ select looked_up(i) || looked_up(i) $$;
create function kept() returns trigger language plpgsql as $$ declare old_row lost%rowtype; begin return new; end $$;
create trigger kept before update on items for each row execute function kept();
insert into items values (1, :tenant || ' first');
reset check_function_bodies;
