-- Names of another tenant's schema: whoever has one would hang on a schema that is dropped some day.
-- each: a, b, c, d, e, f, g
create type mood as enum ('low', 'high');
create function twice(i integer) returns integer immutable language sql as 'select i * 2';
create collation german (provider = libc, locale = 'C');
create table items (id integer primary key, note text, m mood);
insert into items values (1, 'x', 'low');
-- each: b
alter table items add column theirs a.mood;
-- each: c
alter table items add column sorted text collate a.german;
-- each: d
alter table items alter column id set default a.twice(2);
-- each: e
create index on items (a.twice(id));
-- each: f
alter table items add constraint doubled check (a.twice(id) > 0);
-- each: g
alter table items add foreign key (id) references a.items;
