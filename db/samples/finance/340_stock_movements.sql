-- Everything that came or went, per product and warehouse. Rows before 350_stock_levels.sql, which adds them up. After
-- the first, movements come in pairs that nearly cancel, so that a level stays recognisable however many there are.

create table stock_movements (
  id uuid not null default gen_random_uuid(),
  product_id uuid not null,
  warehouse text not null,
  quantity integer not null,
  reason movement_reason not null,
  reference text null,
  counted_by_id uuid null,
  moved_at timestamptz not null default now()
);

insert into stock_movements (id, product_id, warehouse, quantity, reason, reference, counted_by_id, moved_at)
select
  sample.uuid(t.chance_key, n, 'stock_movements', t.no),
  sample.uuid(t.chance_key, p, 'products', t.no),
  t.canary || (array['main', 'East "2"'])[w],
  case
    when k = 0 then t.base + 400000 + sample.roll(t.chance_key, p * 2 + w, 'stock', 100000)
    when k % 2 = 1 then -s.moved
    else s.moved - 50 + sample.roll(t.chance_key, n, 'kept', 100)
  end,
  case when k = 0 then 'opening' when k % 2 = 1 then 'shipment' when n % 9 = 4 then 'correction' else 'receipt' end::movement_reason,
  case when n % 3 <> 1 then t.canary || 'delivery ' || n end,
  case when n % 9 = 4 then sample.uuid(t.chance_key, 1 + n % t.members, 'members', t.no) end,
  sample.moment(t.chance_key, n, 'moved', t.no)
from sample.tenant as t
cross join generate_series(1, t.products) as p
cross join generate_series(1, 2) as w
cross join generate_series(0, 2 * t.movement_pairs) as k
cross join lateral (select ((p - 1) * 2 + w - 1) * (2 * t.movement_pairs + 1) + k as n) as r
cross join lateral (
  select t.base + 100000 + sample.roll(t.chance_key, n - (k + 1) % 2, 'moved', 100000) as moved
) as s;

comment on table stock_movements is 'What came into a warehouse, and what went';
comment on column stock_movements.quantity is 'Below zero for what went';
