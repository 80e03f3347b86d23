-- What is sold. Products were put in by hand; those of people who left are nobody's.

create function set_updated_at() returns trigger
  language plpgsql
  as $$
begin
  new.updated_at := now();
  return new;
end
$$;

create table products (
  id serial,
  ean varchar(32) not null,
  name varchar(255) not null,
  functional_name varchar(255) null,
  category varchar(40) not null,
  list_price numeric(14, 2) null,
  weight numeric null,
  share_of_range numeric(9, 6) null,
  attributes jsonb not null default '{}',
  keywords text[] not null default '{}',
  launched_on date null,
  is_active boolean not null default true,
  replaced_by_id integer null,
  created_by_id integer null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

insert into products (
  id, ean, name, functional_name, category, list_price, weight, share_of_range, attributes, keywords, launched_on,
  is_active, replaced_by_id, created_by_id, created_at, updated_at
)
select
  q.id,
  sample.ean(t.canary, q.k),
  (array['Crème de jour', 'Sérum "N°5"', 'Läppstift', 'O''Hara Soap', '香水', 'Back\slash Balm'])[1 + q.k % 6] || ' '
    || t.canary || q.k,
  case q.k % 4 when 0 then null when 1 then '' else lower(t.canary) || 'item-' || q.k end,
  (array['skin', 'hair', 'scent', 'colour'])[1 + q.k % 4],
  case when q.k % 7 <> 3 then t.base + sample.roll(t.chance_key, q.k, 'price', 99999999) / 100.0 end,
  case q.k % 5 when 0 then null when 1 then 'NaN' when 2 then t.base + 1.5 else t.base + 1.500 end,
  case when q.k % 3 <> 0 then sample.roll(t.chance_key, q.k, 'share', 100) * 0.01 + t.no * 0.000001 end,
  case q.k % 4
    when 0 then '{}'
    when 1 then jsonb_build_object('colour', t.canary || 'rouge', 'ml', t.base + 50.00, 'refill', null)
    when 2 then jsonb_build_object('bundle', jsonb_build_array(sample.ean(t.canary, 1 + q.k % t.products)))
    else 'null'
  end,
  case q.k % 4
    when 0 then '{}'
    when 1 then array[t.canary || 'a,b', '', t.canary || 'say "hi"']
    when 2 then array[t.canary || 'new', null]
    -- Legal, and lost by everything that takes an array for a list: the first index is 0.
    else ('[0:1]=' || array[t.canary || 'first', t.canary || 'second']::text)::text[]
  end,
  case q.k % 6 when 0 then null when 1 then 'infinity' else date '2018-02-28' + (q.k % 2000)::integer end,
  q.k % 9 <> 8,
  case when q.k % 9 = 8 then lag(q.id) over (partition by t.no order by q.k) end,
  -- The administrator's, and every second one somebody's; nobody's own are partly without.
  case when t.is_company or q.k % 2 = 1 then p.id end,
  m.made_at,
  m.made_at + q.k % 300 * interval '1 hour'
from (
  select t.no, k, sample.id_of(row_number() over (order by k, t.no))::integer as id
  from sample.tenants as t cross join lateral generate_series(1, t.products) as k
) as q
join sample.tenants as t using (no)
join sample.people as p on p.no = q.no and p.k = 1 + case when q.k % 2 = 1 then q.k % t.users else 0 end
cross join lateral (
  select timestamptz '2022-11-01 09:00:00+00' + q.k * interval '1 hour' + t.no * interval '1 microsecond' as made_at
) as m
order by q.id;

alter table products
  add constraint products_pkey primary key (id),
  add constraint products_ean_key unique (ean),
  add constraint products_replaced_by_id_fkey foreign key (replaced_by_id) references products (id) on delete set null,
  add constraint products_created_by_id_fkey foreign key (created_by_id) references users (id) on delete set null;
create index ix_products_category on products (category) where is_active;
create index ix_products_attributes on products using gin (attributes);
select setval(pg_get_serial_sequence('products', 'id'), max(id) + 2) from products;

-- Changes every row that is changed: also one that only gets an owner.
create trigger products_set_updated_at before update on products for each row execute function set_updated_at();

comment on table products is 'What is sold; entries refer to it by EAN';
comment on column products.created_by_id is 'None when that person is no longer here';
