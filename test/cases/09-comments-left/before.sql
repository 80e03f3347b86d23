-- What is said of objects besides tables, types, functions and views is not said of the new ones: it is listed, word for word.
-- each: one, two
create domain amount as numeric(8,2) constraint positive check (value > 0);
create type place as (street text, town text);
create table orders (id serial primary key, amount amount, place place, changed timestamptz);
create function touch() returns trigger language plpgsql as $$ begin new.changed := clock_timestamp(); return new; end $$;
create trigger touched before update on orders for each row execute function touch();
create view dear as select id, amount from orders where amount > 1000;
create materialized view counted as select count(*) from orders;
create rule kept as on delete to orders do also nothing;
create policy mine on orders using (true);
create statistics amounts on id, amount from orders;
create sequence "Loose";
comment on constraint positive on domain amount is 'Nobody pays to be paid';
comment on column place.town is 'Not the district';
comment on trigger touched on orders is 'When it changed';
comment on column dear.amount is 'In euro';
comment on materialized view counted is 'Every night';
comment on column counted.count is 'All of them';
comment on rule kept on orders is 'For a test';
comment on policy mine on orders is 'Everybody''s';
comment on statistics amounts is 'The planner thought otherwise';
comment on sequence orders_id_seq is 'Numbers of orders';
comment on sequence "Loose" is 'Numbers of "something"';
insert into orders (amount) values (1);
-- each: two
comment on schema two is 'Sold in spring';
comment on trigger touched on orders is 'When it changed, in two';
