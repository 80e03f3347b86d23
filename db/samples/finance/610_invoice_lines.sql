-- Lines before their invoices, as in sales.

create table invoice_lines (
  id uuid not null default gen_random_uuid(),
  invoice_id uuid not null,
  position smallint not null,
  product_id uuid null,
  account_id uuid not null,
  description text not null,
  quantity smallint not null,
  unit_price numeric(18, 6) not null,
  tax_rate numeric(9, 6) null,
  total numeric(14, 2) not null generated always as (round(quantity * unit_price, 2)) stored
);

insert into invoice_lines (
  id, invoice_id, position, product_id, account_id, description, quantity, unit_price, tax_rate
)
select
  sample.uuid(t.chance_key, n * 8 + k, 'invoice_lines', t.no),
  sample.uuid(t.chance_key, n, 'invoices', t.no),
  t.small_base + k,
  case when (n + k) % 6 <> 5 then sample.uuid(t.chance_key, 1 + sample.roll(t.chance_key, n * 8 + k, 'product', t.products), 'products', t.no) end,
  sample.template_id(13 + k % 2),
  sample.note(t.canary, n + k + 40),
  q.quantity,
  sample.unit_price(
    sample.line_sign(k) * sample.amount(t.chance_key, n * 8 + k, 'invoice', t.base), q.quantity, t.no),
  case n % 4 when 0 then null when 1 then 0.07 else 0.19 end + t.no * 0.000001
from sample.tenant as t
cross join generate_series(1, t.invoices) as n
cross join generate_series(1, sample.lines(n)) as k
cross join lateral (
  select (t.small_base + 1 + sample.roll(t.chance_key, n * 8 + k, 'quantity', 12))::smallint as quantity
) as q;

comment on table invoice_lines is 'One line of an invoice';
comment on column invoice_lines.tax_rate is 'The share of tax that the price has in it; none where none is due';
comment on column invoice_lines.total is 'Computed: quantity times unit price, to the cent';
