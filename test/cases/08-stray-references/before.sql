-- A foreign key to a part of a table has no counterpart in the shared tables: refused, not carried into one tenant's schema.
-- each: one, two
create table events (id integer primary key) partition by range (id);
create table events_1 partition of events for values from (0) to (100);
create table notes (id integer primary key, event integer references events_1);
insert into events values (1);
insert into notes values (1, 1);
