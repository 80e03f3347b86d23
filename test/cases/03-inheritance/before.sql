-- Inheritance in one tenant: that tenant stays, also where a table refers to the parent; the others go.
-- each: one, two, three
create table people (id integer primary key, name text);
create table notes (id integer primary key, person_id integer references people);
insert into people values (1, :tenant);
insert into notes values (1, 1);
-- each: three
create table managers (level integer) inherits (people);
insert into managers values (2, 'boss', 3);
