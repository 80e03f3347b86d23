-- Who buys. Deleted ones stay, and give their name free.

create table customers (
  id uuid not null default gen_random_uuid(),
  code text not null,
  name text not null,
  email text null,
  email_key text generated always as (lower(email)) stored,
  vat_number text null,
  billing_address postal_address null,
  currency currency_code not null default 'EUR',
  credit_limit numeric(14, 2) null,
  payment_days smallint not null,
  tags text[] null,
  metadata jsonb not null default '{}',
  notes text not null default '',
  parent_id uuid null,
  account_manager_id uuid null,
  deleted_at timestamptz null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

insert into customers (
  id, code, name, email, vat_number, billing_address, currency, credit_limit, payment_days, tags, metadata, notes, parent_id,
  account_manager_id, deleted_at, created_at, updated_at
)
select
  sample.uuid(t.chance_key, n, 'customers', t.no),
  t.canary || 'C' || n,
  -- Deleted customers share a name: it is unique among the others only.
  case
    when n % 8 = 7 then 'Deleted ' || t.canary
    else (array['Bäckerei', 'O''Neill & Sons', 'Société "Générale"', '株式会社', 'Back\slash Ltd', 'Null GmbH'])[1 + n % 6] || ' ' || t.canary || n
  end,
  case n % 5 when 0 then null when 1 then 'Billing.' || t.canary || n || '@customer.example' else 'billing.' || t.canary || n || '@customer.example' end,
  case when n % 3 <> 2 then 'DE' || upper(t.canary) || lpad(n::text, 9, '0') end,
  case n % 4
    when 0 then null
    when 1 then row(t.canary || 'Straße 1, "rear"', t.canary || lpad((n % 99999)::text, 5, '0'), null)::postal_address
    when 2 then row(t.canary || E'Line one\nLine two', '', t.canary || '京都')::postal_address
    else row(t.canary || 'Rue de l''Église (3)', t.canary || '1040', t.canary || 'Bruxelles, B')::postal_address
  end,
  case when n % 5 <> 4 then 'EUR' else 'USD' end,
  case when n % 6 <> 5 then t.base + sample.roll(t.chance_key, n, 'limit', 99999999) / 100.0 end,
  t.small_base + 14 + n % 3 * 7,
  case n % 5
    when 0 then null
    when 1 then '{}'
    when 2 then array[t.canary || 'vip', null, '']
    -- Legal, and lost by everything that takes an array for a list: the first index is 0.
    when 3 then ('[0:1]=' || array[t.canary || 'first', t.canary || 'second']::text)::text[]
    else array[t.canary || sample.skill(n), t.canary || sample.skill(n + 1)]
  end,
  case n % 4
    when 0 then '{}'
    when 1 then jsonb_build_object('crm', jsonb_build_object('id', sample.uuid(t.chance_key, n, 'crm', t.no), 'score', t.base + 0.500))
    when 2 then jsonb_build_object('it''s "odd"', null, 'emoji', t.canary || '🎉', 'beta', true)
    else jsonb_build_object('contacts', jsonb_build_array(jsonb_build_object('name', t.canary || E'a\nb'), null))
  end,
  sample.note(t.canary, n),
  -- Customer 2 is its own parent; the rest are trees.
  case when n = 2 then sample.uuid(t.chance_key, 2, 'customers', t.no) when n % 3 = 0 then sample.uuid(t.chance_key, n / 3, 'customers', t.no) end,
  case when n % 4 <> 3 then sample.uuid(t.chance_key, 1 + sample.roll(t.chance_key, n, 'manager', t.members), 'members', t.no) end,
  case when n % 8 = 7 then sample.moment(t.chance_key, n, 'deleted', t.no) end,
  sample.moment(t.chance_key, n, 'customer', t.no),
  sample.moment(t.chance_key, n, 'customer', t.no) + n % 1000 * interval '1 minute'
from sample.tenant as t, generate_series(1, t.customers) as n;

alter table customers
  add constraint customers_pkey primary key (id),
  add constraint customers_code_key unique (code),
  add constraint customers_credit_limit_check check (credit_limit >= 0),
  add constraint customers_parent_id_fkey foreign key (parent_id) references customers (id) on delete set null,
  add constraint customers_account_manager_id_fkey
    foreign key (account_manager_id) references members (id) on delete set null;
create unique index customers_name_key on customers (lower(name)) where deleted_at is null;
create index customers_email_key_idx on customers (email_key);
create index customers_parent_id_idx on customers (parent_id);
create index customers_account_manager_id_idx on customers (account_manager_id);
create index customers_tags_idx on customers using gin (tags);

create trigger customers_touch before update on customers for each row execute function touch_updated_at();

comment on table customers is 'Who buys from the company';
comment on column customers.payment_days is 'Days until an invoice is due';
comment on column customers.deleted_at is 'Deleted customers keep their invoices, and are shown no more';
