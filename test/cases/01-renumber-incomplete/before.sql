-- Half of a web cannot be renumbered, nor a key that is no number.
-- each: one, two
create table customers (id int primary key);
create table orders (id int primary key, customer_id int references customers);
create table lines (id int primary key, order_id int references orders);
create table countries (code text primary key);
create table cities (id int primary key, country text references countries);
