-- Schemas that the registry does not list: one has what tenants have, one has a part of it, one is something else.
-- once
create table public.tenants (id integer primary key, schema_name text unique);
insert into public.tenants values (1, 'one'), (2, 'two');
-- each: one, two, forgotten
create table people (id integer primary key);
create table notes (id integer primary key, person_id integer references people);
create table files (id integer primary key);
-- each: half
create table people (id integer primary key);
create table files (id integer primary key);
create table own (id integer primary key);
-- each: reports
create table people (id integer primary key);
create table monthly (id integer primary key);
