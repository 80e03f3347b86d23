-- Views, functions, triggers, rules, policies and grants in the schemas: what is the same everywhere and knows no organization
-- is carried over, the rest listed, with who has other code than most.
-- each: one, two, three
create table items (id integer primary key, name text, changed timestamptz);
insert into items values (1, :tenant || ' first'), (2, :tenant || ' second');
create view names as select name from items;
create function touch() returns trigger language plpgsql as $$ begin new.changed := now(); return new; end $$;
create trigger touched before update on items for each row execute function touch();
alter table items enable row level security;
create policy everybody on items using (true);
create materialized view counted as select count(*) from items;
create rule quiet as on delete to items do instead nothing;
create sequence loose;
grant select on items to public;
-- each: three
create or replace view names as select upper(name) as name from items;
