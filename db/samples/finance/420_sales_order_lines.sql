-- Lines before their orders: an order's total is added up from what was stored. Lines may change places within a
-- transaction, so that their numbers are only unique at its end.

create table sales_order_lines (
  id uuid not null default gen_random_uuid(),
  sales_order_id uuid not null,
  position smallint not null,
  product_id uuid not null,
  description text null,
  quantity smallint not null,
  unit_price numeric(18, 6) not null,
  total numeric(14, 2) not null generated always as (round(quantity * unit_price, 2)) stored
);

insert into sales_order_lines (id, sales_order_id, position, product_id, description, quantity, unit_price)
select
  sample.uuid(t.chance_key, n * 8 + k, 'sales_order_lines', t.no),
  sample.uuid(t.chance_key, n, 'sales_orders', t.no),
  t.small_base + k,
  sample.uuid(t.chance_key, 1 + sample.roll(t.chance_key, n * 8 + k, 'product', t.products), 'products', t.no),
  case when (n + k) % 4 <> 3 then sample.note(t.canary, n + k) end,
  q.quantity,
  sample.unit_price(
    sample.line_sign(k) * sample.amount(t.chance_key, n * 8 + k, 'sale', t.base), q.quantity, t.no)
from sample.tenant as t
cross join generate_series(1, t.sales_orders) as n
cross join generate_series(1, sample.lines(n)) as k
cross join lateral (
  select (t.small_base + 1 + sample.roll(t.chance_key, n * 8 + k, 'quantity', 12))::smallint as quantity
) as q;

comment on table sales_order_lines is 'One line of a sales order';
comment on column sales_order_lines.unit_price is 'Below zero for what is taken off: advances, returns';
