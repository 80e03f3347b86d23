-- Rules about columns that an older version lacks are asked of what its rows will have there; keys compare as they do.
-- once
create extension citext;
-- each: a, b, c, d, e, f, g, h, i
create table codes (code citext primary key);
create table items (
  id integer primary key,
  kind text not null default 'plain',
  amount integer default 1,
  e integer,
  code citext,
  ref text,
  constraint kinds check (kind in ('plain', 'other')),
  constraint amounts check (amount > 0),
  constraint given check (e is not null),
  constraint refs unique nulls not distinct (ref),
  constraint items_code foreign key (code) references codes
);
insert into codes values ('Abc');
insert into items (id, e, code, ref) values (1, 1, 'ABC', 'x'), (2, 2, 'abc', null);
-- each: b
-- Lacks a key, and keeps it as its own operator compares.
alter table items drop constraint items_code;
-- each: c
-- Its rows will have 'plain' and 1, which both rules allow.
alter table items drop column kind, drop column amount;
-- each: d
-- Its rows will have nothing there, which the check does not allow.
alter table items drop column e;
-- each: e
-- Its rows will all be alike, where nulls count as alike.
alter table items drop column ref;
-- each: f
-- The table that its rows refer to is gone.
drop table codes cascade;
-- each: g
-- It is gone here too, and no row refers to anything.
drop table codes cascade;
update items set code = null;
