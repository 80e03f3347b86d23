-- What is bought and sold.

create table products (
  id uuid not null default gen_random_uuid(),
  sku text not null,
  name text not null,
  description text not null default '',
  unit_price numeric(18, 6) not null,
  cost numeric(14, 2) null,
  barcode bigint null,
  weight double precision null,
  attributes jsonb null,
  images text[] not null default '{}',
  photo_hash bytea null,
  is_stocked boolean not null default true,
  income_account_code text not null,
  vendor_id uuid null,
  replaced_by_id uuid null,
  created_at timestamptz not null default now()
);

insert into products (
  id, sku, name, description, unit_price, cost, barcode, weight, attributes, images, photo_hash, is_stocked, income_account_code,
  vendor_id, replaced_by_id, created_at
)
select
  sample.uuid(t.chance_key, n, 'products', t.no),
  t.canary || 'SKU-' || n,
  (array['Schraube M8 × 40', '½" pipe', 'Café "crème"', 'Ops\Kit', '緑茶'])[1 + n % 5] || ' ' || t.canary || n,
  sample.note(t.canary, n + 3),
  sample.roll(t.chance_key, n, 'price', 100000) / 100.0 + t.no / 1000000.0,
  case when n % 4 <> 3 then sample.amount(t.chance_key, n, 'cost', t.base) end,
  case when n % 5 <> 4 then t.base + sample.roll(t.chance_key, n, 'barcode', 1000000) end,
  case n % 6 when 0 then null when 1 then 'NaN' when 2 then '-Infinity' else sample.roll(t.chance_key, n, 'weight', 9000) / 100.0 + t.no / 1000000.0 end::double precision,
  case n % 4
    when 0 then null
    when 1 then 'null'
    when 2 then jsonb_build_object('colour', t.canary || 'weiß', 'sizes', jsonb_build_array(t.base + 1, t.base + 2.50))
    else jsonb_build_array(jsonb_build_object('replaces', sample.uuid(t.chance_key, n, 'products', t.no)), t.canary || '\"')
  end,
  case when n % 3 = 0 then '{}' else array[t.canary || 'https://cdn.example/' || n || '.jpg?a=1&b="2"'] end,
  case n % 5 when 4 then null when 3 then ''::bytea else sample.hash(t.chance_key, n, t.canary) end,
  n % 5 <> 2,
  t.canary || case when n % 3 = 0 then '4200' else '4100' end,
  case when n % 4 <> 2 then sample.uuid(t.chance_key, 1 + n % t.vendors, 'vendors', t.no) end,
  case when n % 7 = 3 and n > 1 then sample.uuid(t.chance_key, n - 1, 'products', t.no) end,
  sample.moment(t.chance_key, n, 'product', t.no)
from sample.tenant as t, generate_series(1, t.products) as n;

alter table products
  add constraint products_pkey primary key (id),
  add constraint products_unit_price_check check (unit_price >= 0),
  add constraint products_income_account_code_fkey
    foreign key (income_account_code) references accounts (code) on update cascade,
  add constraint products_vendor_id_fkey foreign key (vendor_id) references vendors (id) on delete set null,
  add constraint products_replaced_by_id_fkey foreign key (replaced_by_id) references products (id) on delete set null;
create unique index products_sku_key on products (upper(sku));
create index products_attributes_idx on products using gin (attributes jsonb_path_ops);
create index products_vendor_id_idx on products (vendor_id);
create index products_replaced_by_id_idx on products (replaced_by_id);
create index products_income_account_code_idx on products (income_account_code);

comment on table products is 'What is bought and sold';
comment on column products.unit_price is 'Net of nothing: prices have the tax in them';
comment on column products.replaced_by_id is 'What to offer instead';
