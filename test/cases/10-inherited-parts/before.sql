-- Partitions of before Postgres 10: children that bring rows and nothing else are part of their table. Who has children
-- whose rows break a key that only the parent's keep is left out, and so is who has a child with a column of its own.
-- each: one, two, broken, special
create table accounts (id integer primary key);
insert into accounts values (1);
create table logs (id integer primary key, at date not null, account_id integer references accounts, line text, check (line <> '') no inherit);
create index logs_at on logs (at);
insert into logs values (1, '2020-01-01', 1, 'first');
create table readings (id bigserial primary key, v integer);
insert into readings (v) values (1);
-- each: one, broken
create table logs_2020 (check (at < '2021-01-01'), primary key (id)) inherits (logs);
create table logs_2020_07 () inherits (logs_2020);
insert into logs_2020 values (2, '2020-02-02', 1, 'second');
insert into logs_2020_07 values (3, '2020-07-07', null, 'third'), (4, '2020-07-08', 4711, 'of nobody');
create table readings_old () inherits (readings);
insert into readings_old (v) values (2);
-- each: broken
insert into logs_2020_07 values (1, '2020-07-09', 1, 'the same id');
-- each: special
create table alarms (level integer) inherits (logs);
insert into alarms values (9, '2020-01-01', 1, 'fire', 3);
