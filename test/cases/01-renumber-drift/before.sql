-- New ids where tenants are not alike: a wider key, a column and a table that one lacks, rows that one reads in the shared
-- schema, an enum.
-- once
create table public.kinds (id int primary key, name text);
insert into public.kinds values (1, 'shared one'), (2, 'shared two');
-- each: a, b
create type mood as enum ('low', 'high');
create table kinds (id int primary key, name text);
create table orders (id int primary key, kind_id int references kinds, mood mood);
create table notes (id serial primary key, order_id int references orders, text text);
create table tags (id serial primary key, note_id int references notes);
insert into kinds values (1, :tenant), (5, 'five');
insert into orders values (1, 5, 'low'), (3, 1, 'high');
insert into notes (order_id, text) values (3, 'about three'), (null, 'alone');
insert into tags (note_id) values (2), (1);
-- each: c
create type mood as enum ('low', 'high');
create table orders (id bigint primary key, kind_id int references public.kinds, mood mood);
create table notes (id serial primary key, text text);
insert into orders values (3, 2, 'high'), (5000000000, 1, 'low');
insert into notes (text) values ('of c');
