-- Rows that lead nowhere, and everything that refers to them: by a key that was never checked, by one that says it was,
-- through a circle, a cascade, a table without a key, generated columns and an identity that is always generated.
-- each: one, two
create table customers (id integer primary key, name text, referred_by integer references customers on delete set null);
create table orders (
  id integer generated always as identity primary key, customer_id integer not null, total numeric(8,2),
  doubled numeric generated always as (total * 2) stored, replaces_id integer
);
alter table orders add constraint orders_replaces foreign key (replaces_id) references orders deferrable initially deferred;
create table lines (order_id integer not null references orders on delete cascade, line integer, note text, primary key (order_id, line));
create table remarks (order_id integer, line integer, remark text, foreign key (order_id, line) references lines on delete restrict);
create table heads (id integer primary key, tail_id integer);
create table tails (id integer primary key, head_id integer references heads, order_id integer references orders);
alter table heads add foreign key (tail_id) references tails;
create table visits (id integer primary key, customer_id integer);
insert into customers values (1, 'Ann', null), (2, 'Ben', 1);
insert into orders (customer_id, total) values (1, 10), (2, 20);
insert into lines values (1, 1, 'a'), (2, 1, 'b');
insert into remarks values (1, 1, 'good'), (null, 1, 'loose');
insert into heads values (1, null), (2, null);
insert into tails values (1, 1, 1), (2, 2, 2);
update heads set tail_id = id;
insert into visits values (1, 1);
-- each: two
insert into orders (customer_id, total, replaces_id) values (4711, 30, null), (1, 40, 3), (2, 50, 4), (2, 60, 2);
insert into lines values (3, 1, 'of nobody'), (4, 1, 'of its successor');
insert into remarks values (3, 1, 'lost'), (3, 1, 'lost');
insert into heads values (3, null), (4, null);
insert into tails values (3, 3, 5), (4, 4, 6);
update heads set tail_id = id;
insert into visits values (2, 4712);
-- each: one, two
alter table orders add constraint orders_customer foreign key (customer_id) references customers not valid;
alter table visits add constraint visits_customer foreign key (customer_id) references customers not valid;
-- each: one
-- An import with triggers off: the key says that it was checked.
alter table customers disable trigger all;
insert into customers values (3, 'Cleo', 99);
alter table customers enable trigger all;
