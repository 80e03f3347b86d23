-- A view becomes one for all, over each organization's part of its tables, where that can be proven right; the rest is listed.
-- each: one, two
create table customers (id integer primary key, name text not null, password text);
create table orders (id integer primary key, customer_id integer references customers (id), total numeric(10, 2), placed date, note text);
create table schema_migrations (version text primary key);
insert into customers values (1, :tenant || ' Ann', 'x'), (2, :tenant || ' Bob', 'y');
insert into orders values (1, 1, 10, '2024-01-01', 'a'), (2, 1, 20, '2024-01-02', 'b'), (3, 2, 5, '2024-01-03', 'a');

-- Plain: it can still be written through.
create view small_orders as select id, total as amount from orders where total < 15 with check option;
-- Joins on ids that meet in all organizations; groups; distinct; windows; limits; a table twice; one view over another.
create view order_lines as select o.id, c.name, o.total from orders o join customers c on c.id = o.customer_id;
create view totals as select c.name, count(*) as orders, sum(orders.total) as total from customers c left join orders on orders.customer_id = c.id group by c.name;
create view notes as select distinct note from orders;
create view latest as select distinct on (customer_id) customer_id, id, placed from orders order by customer_id, placed desc;
create view ranked as select id, row_number() over (partition by customer_id order by total) as place from orders;
create view largest as select id, total from orders order by total desc limit 1;
create view pairs as select a.id as one, b.id as other from orders a, orders b where a.id < b.id;
create view totals_above as select name from totals where total > (select avg(total) from orders);
create view customer as select id, name from customers;
create view counted as select count(*) as n from customers;
create view everything as with o as (select id from orders union all select id from customers) select id from o where exists (select from customers organization where organization.id = o.id);
-- A secret column: for the owner alone.
create view logins as select name, password from customers;

-- Listed.
create view whole as select to_jsonb(c) as customer from customers c;
create view grouped as select c.id, c.name, count(*) from customers c join orders o on o.customer_id = c.id group by c.id;
create view migrated as select version from schema_migrations;
create view mine as select id from orders where note = current_user;
create view physical as select ctid::text as place from orders;
create view of_postgres as select relname::text from pg_class;
create view aged as select id, age(placed::timestamptz) as age from orders;
create view settled as select id from orders where note = current_setting('app.note', true);
create function paid(n numeric) returns boolean language sql immutable as $$ select n > 7 $$;
create function paid(n integer) returns boolean language sql immutable as $$ select n > 7 $$;
create view paid as select id from orders where paid(total);
create function reading() returns bigint language sql stable as $$ select count(*) from orders $$;
create view read as select reading() as n;
create view above_read as select n from read;
create materialized view kept as select id from orders;
