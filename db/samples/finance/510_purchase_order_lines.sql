-- Lines before their orders, as in sales.

create table purchase_order_lines (
  id uuid not null default gen_random_uuid(),
  purchase_order_id uuid not null,
  position smallint not null,
  product_id uuid null,
  description text not null,
  quantity smallint not null,
  unit_price numeric(18, 6) not null,
  received_quantity smallint null,
  total numeric(14, 2) not null generated always as (round(quantity * unit_price, 2)) stored
);

insert into purchase_order_lines (
  id, purchase_order_id, position, product_id, description, quantity, unit_price, received_quantity
)
select
  sample.uuid(t.chance_key, n * 8 + k, 'purchase_order_lines', t.no),
  sample.uuid(t.chance_key, n, 'purchase_orders', t.no),
  t.small_base + k,
  case when (n + k) % 5 <> 4 then sample.uuid(t.chance_key, 1 + (n * 3 + k) % t.products, 'products', t.no) end,
  sample.note(t.canary, n + k + 30),
  q.quantity,
  sample.unit_price(
    sample.line_sign(k) * sample.amount(t.chance_key, n * 8 + k, 'purchase', t.base), q.quantity, t.no),
  case when n % 3 <> 1 then q.quantity - 1 end
from sample.tenant as t
cross join generate_series(1, t.purchase_orders) as n
cross join generate_series(1, sample.lines(n)) as k
cross join lateral (
  select (t.small_base + 2 + sample.roll(t.chance_key, n * 8 + k, 'bought', 20))::smallint as quantity
) as q;

comment on table purchase_order_lines is 'One line of a purchase order';
comment on column purchase_order_lines.received_quantity is 'None before anything came';
