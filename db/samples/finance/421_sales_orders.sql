-- What was ordered. The last statements close the cycle quote ↔ order.

create table sales_orders (
  id uuid not null default gen_random_uuid(),
  number text not null,
  customer_id uuid not null,
  quote_id uuid null,
  status order_status not null default 'draft',
  currency currency_code not null default 'EUR',
  total numeric(14, 2) not null,
  shipping_address postal_address null,
  placed_at timestamptz null,
  shipped_at timestamptz null,
  delivery_slot time null,
  salesperson_id uuid null,
  watcher_ids uuid[] not null default '{}',
  notes text not null default '',
  created_at timestamptz not null default now()
);

insert into sales_orders (
  id, number, customer_id, quote_id, status, currency, total, shipping_address, placed_at, shipped_at, delivery_slot,
  salesperson_id, watcher_ids, notes, created_at
)
select
  sample.uuid(t.chance_key, n, 'sales_orders', t.no),
  t.canary || 'SO-' || lpad(n::text, 6, '0'),
  -- The customer of the quote, where there was one.
  sample.uuid(t.chance_key, 1 + case when n % 2 = 0 and n <= t.quotes then (n + 1) / 2 else n end % t.customers, 'customers', t.no),
  case when n % 2 = 0 and n <= t.quotes then sample.uuid(t.chance_key, n, 'quotes', t.no) end,
  s.status::order_status,
  case when n % 5 <> 4 then 'EUR' else 'USD' end,
  l.total,
  case when n % 3 <> 2 then row(t.canary || 'Gate ' || n, t.canary || 'Z 1', t.canary || 'Ørsted')::postal_address end,
  case when s.status <> 'draft' then p.placed_at end,
  case when s.status = 'shipped' then p.placed_at + interval '36 hours' end,
  case n % 4 when 0 then null when 1 then '24:00' else time '08:30' + t.no * interval '1 microsecond' end,
  case when n % 5 <> 3 then sample.uuid(t.chance_key, 1 + n % t.members, 'members', t.no) end,
  case n % 3
    when 0 then '{}'
    when 1 then array[sample.uuid(t.chance_key, 1, 'members', t.no), null]
    else array[sample.uuid(t.chance_key, 1, 'members', t.no), sample.uuid(t.chance_key, 1 + n % t.members, 'members', t.no)]
  end,
  sample.note(t.canary, n + 11),
  p.placed_at - n % 50 * interval '1 hour'
from sample.tenant as t
cross join generate_series(1, t.sales_orders) as n
cross join lateral (select (array['confirmed', 'draft', 'shipped', 'shipped', 'cancelled'])[1 + n % 5] as status) as s
cross join lateral (select sample.moment(t.chance_key, n, 'placed', t.no) as placed_at) as p
join (
  select sales_order_id, sum(total) as total from sales_order_lines group by sales_order_id
) as l on l.sales_order_id = sample.uuid(t.chance_key, n, 'sales_orders', t.no);

alter table sales_orders
  add constraint sales_orders_pkey primary key (id),
  add constraint sales_orders_number_key unique (number),
  add constraint sales_orders_placed check (status = 'draft' or placed_at is not null),
  add constraint sales_orders_shipped check ((status = 'shipped') = (shipped_at is not null)),
  add constraint sales_orders_customer_id_fkey foreign key (customer_id) references customers (id) on delete restrict,
  add constraint sales_orders_quote_id_fkey foreign key (quote_id) references quotes (id) on delete set null,
  add constraint sales_orders_salesperson_id_fkey foreign key (salesperson_id) references members (id) on delete set null;
create unique index sales_orders_quote_id_key on sales_orders (quote_id) where status <> 'cancelled';
create index sales_orders_customer_id_idx on sales_orders (customer_id, placed_at desc nulls last) include (total);
create index sales_orders_quote_id_idx on sales_orders (quote_id);
create index sales_orders_salesperson_id_idx on sales_orders (salesperson_id);

alter table sales_order_lines
  add constraint sales_order_lines_pkey primary key (id),
  add constraint sales_order_lines_sales_order_id_position_key
    unique (sales_order_id, position) deferrable initially deferred,
  add constraint sales_order_lines_quantity_check check (quantity > 0),
  add constraint sales_order_lines_sales_order_id_fkey
    foreign key (sales_order_id) references sales_orders (id) on delete cascade,
  add constraint sales_order_lines_product_id_fkey foreign key (product_id) references products (id);
create index sales_order_lines_product_id_idx on sales_order_lines (product_id);

update quotes as q set accepted_order_id = o.id
from sales_orders as o where o.quote_id = q.id and o.status <> 'cancelled';

alter table quotes
  add constraint quotes_accepted_order_id_fkey
    foreign key (accepted_order_id) references sales_orders (id) on delete set null deferrable initially deferred;
create unique index quotes_accepted_order_id_key on quotes (accepted_order_id);

comment on table sales_orders is 'What a customer ordered';
comment on column sales_orders.watcher_ids is 'Members who are told of changes; no foreign key';
