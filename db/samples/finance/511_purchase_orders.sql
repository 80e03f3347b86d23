-- What was bought. Two references to members: who asked and who agreed.

create table purchase_orders (
  id uuid not null default gen_random_uuid(),
  number text not null,
  vendor_id uuid not null,
  status order_status not null default 'draft',
  currency currency_code not null default 'EUR',
  total numeric(14, 2) not null,
  delivery_window daterange null,
  requested_by_id uuid not null,
  approved_by_id uuid null,
  approved_at timestamptz null,
  terms text not null default '',
  extra jsonb null,
  created_at timestamptz not null default now()
);

insert into purchase_orders (
  id, number, vendor_id, status, currency, total, delivery_window, requested_by_id, approved_by_id, approved_at, terms, extra,
  created_at
)
select
  sample.uuid(t.chance_key, n, 'purchase_orders', t.no),
  t.canary || 'PO-' || n,
  sample.uuid(t.chance_key, 1 + n % t.vendors, 'vendors', t.no),
  (array['draft', 'confirmed', 'shipped', 'cancelled'])[1 + n % 4]::order_status,
  case when n % 6 <> 5 then 'EUR' else 'USD' end,
  l.total,
  case n % 4
    when 0 then null
    when 1 then 'empty'
    when 2 then daterange('2024-02-29', null)
    else daterange('2024-12-30', '2025-01-02', '[]')
  end,
  sample.uuid(t.chance_key, 1 + n % t.members, 'members', t.no),
  case when n % 4 <> 0 then sample.uuid(t.chance_key, 1, 'members', t.no) end,
  case when n % 4 <> 0 then sample.moment(t.chance_key, n, 'approved', t.no) end,
  sample.note(t.canary, n + 9),
  case n % 4 when 0 then null when 1 then 'null' when 2 then '[]' else jsonb_build_object('incoterm', t.canary || 'DAP', 'pallets', t.base + n % 40) end,
  sample.moment(t.chance_key, n, 'purchase', t.no)
from sample.tenant as t
cross join generate_series(1, t.purchase_orders) as n
join (
  select purchase_order_id, sum(total) as total from purchase_order_lines group by purchase_order_id
) as l on l.purchase_order_id = sample.uuid(t.chance_key, n, 'purchase_orders', t.no);

alter table purchase_orders
  add constraint purchase_orders_pkey primary key (id),
  add constraint purchase_orders_number_key unique (number),
  add constraint purchase_orders_approved check ((approved_by_id is null) = (approved_at is null)),
  add constraint purchase_orders_vendor_id_fkey foreign key (vendor_id) references vendors (id),
  add constraint purchase_orders_requested_by_id_fkey foreign key (requested_by_id) references members (id),
  add constraint purchase_orders_approved_by_id_fkey foreign key (approved_by_id) references members (id);
create index purchase_orders_vendor_id_idx on purchase_orders (vendor_id);
create index purchase_orders_requested_by_id_idx on purchase_orders (requested_by_id);
create index purchase_orders_approved_by_id_idx on purchase_orders (approved_by_id);

alter table purchase_order_lines
  add constraint purchase_order_lines_pkey primary key (id),
  add constraint purchase_order_lines_purchase_order_id_position_key unique (purchase_order_id, position),
  add constraint purchase_order_lines_received check (received_quantity <= quantity),
  add constraint purchase_order_lines_purchase_order_id_fkey
    foreign key (purchase_order_id) references purchase_orders (id) on delete cascade,
  add constraint purchase_order_lines_product_id_fkey
    foreign key (product_id) references products (id) on delete set null;
create index purchase_order_lines_product_id_idx on purchase_order_lines (product_id);

comment on table purchase_orders is 'What was ordered from a vendor';
comment on column purchase_orders.delivery_window is 'When the goods may come; empty when they must not';
