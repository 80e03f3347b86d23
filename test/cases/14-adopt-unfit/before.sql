-- Targets that do not fit are refused, with all that does not.
-- each: one, two
create type state as enum ('new', 'done');
create table a (id serial primary key, name text not null, state state, made integer generated always as (1) stored);
create table b (id integer primary key, a_id integer references a (id));
create table c (id integer primary key, b_id integer references b (id));
create table d (id integer primary key);
create table e (id integer primary key);
create function f() returns integer language sql immutable as 'select 1';
-- once
create schema app;
create type app.state as enum ('done', 'new');
create table app.a (organization_id integer, id integer primary key, name varchar(10), state app.state, made integer, must text not null, unique (name));
create table app.b (organization_id uuid not null default gen_random_uuid(), id integer, a_id integer, c_id integer, check (id > 0), primary key (organization_id, id));
create table app.c (organization_id uuid not null, id integer, b_id integer, primary key (organization_id, id),
  foreign key (organization_id, b_id) references app.b (organization_id, id));
create unlogged table app.d (organization_id uuid not null, id integer, primary key (organization_id, id));
create rule quiet as on update to app.d do instead nothing;
create function app.loud() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger loud after insert on app.d for each row execute function app.loud();
create policy everybody on app.d using (true);
grant select on app.d to public;
create view app.e as select 1 as id;
create function app.f() returns integer language sql as 'select 2';
