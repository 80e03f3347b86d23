-- A table that is there, whose own sequences give the numbers: the plan makes none, and the workspace makes the same.
-- once
create schema app;
create table app.items (
  organization_id uuid not null,
  id integer not null,
  opt serial,
  mine serial,
  constraint items_pkey primary key (organization_id, id)
);
alter table app.items alter column opt drop not null, alter column mine drop not null;
-- each: one, two
create sequence loose;
create table items (id integer primary key, opt integer default nextval('loose'));
insert into items (id) values (1), (2);
select setval('loose', 70);
