-- Tables that the user's own migrations made are taken as they are: only what they lack is added. Keys that are there decide what
-- is copied first; a table with doors keeps them.
-- each: one, two
create type state as enum ('new', 'done');
create table customers (id integer primary key, name text not null unique);
create table orders (
  id serial primary key, customer_id integer references customers (id), state state not null default 'new',
  total numeric(10, 2) check (total >= 0), unique (customer_id, total)
);
create table lines (id integer primary key, order_id integer not null references orders (id) on delete cascade);
create function touch() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger touched before update on customers for each row execute function touch();
create trigger touched before update on orders for each row execute function touch();
comment on constraint orders_pkey on orders is 'The shop''s number';
comment on constraint lines_order_id_fkey on lines is 'Of what';
comment on constraint orders_total_check on orders is 'No debts';
comment on constraint orders_customer_id_total_key on orders is 'Once a sum';
alter table orders set (fillfactor = 70), alter state set statistics 500, alter total set storage external;
insert into customers select n, :tenant || n from generate_series(1, 2) n;
insert into orders (customer_id, total) select n, n from generate_series(1, 2) n;
insert into lines select n, 1 from generate_series(1, 5) n;
-- once
create schema app;
create type app.state as enum ('new', 'open', 'done');
create table app.customers (
  organization_id uuid not null, id integer, name text not null, loyal boolean not null default false, note text, api_token text,
  primary key (id, organization_id), unique (organization_id, name)
);
create table app.orders (
  total numeric(10, 2), state app.state not null, organization_id uuid not null, id integer not null generated always as identity, customer_id integer,
  constraint their_key primary key (organization_id, id),
  constraint theirs foreign key (organization_id, customer_id) references app.customers (organization_id, id) on delete restrict
);
create index on app.customers (organization_id, loyal);
comment on constraint their_key on app.orders is 'Theirs';
comment on index app.their_key is 'Theirs too';
comment on column app.customers.note is 'Nobody else''s';
alter index app.their_key set (fillfactor = 80);
alter table app.orders set (fillfactor = 60), alter state set statistics 7;
alter table app.customers alter note set storage external;
create function app.own() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger touched before update on app.orders for each row execute function app.own();
alter table app.orders enable row level security;
create policy mine on app.orders to rowhouse_visitor using (total < 1000);
