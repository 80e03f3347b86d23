-- Tenants' tables that are partitions of a shared one: their rows are that table's too, and nothing may take them along.
-- once
create table public.events (tenant text, id integer, body text) partition by list (tenant);
-- each: one, two
create table people (id integer primary key);
insert into people values (1);
-- once
create table one.events partition of public.events for values in ('one');
create table two.events partition of public.events for values in ('two');
insert into public.events values ('one', 1, 'a'), ('two', 1, 'b');
