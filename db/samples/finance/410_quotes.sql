-- What was offered. The lines are in a document, products' ids and all; half of a cycle: the order that a quote became
-- refers back to it (421_sales_orders.sql).

create table quotes (
  id uuid not null default gen_random_uuid(),
  number text not null,
  version smallint not null,
  status text not null default 'open',
  customer_id uuid not null,
  lines jsonb not null,
  total numeric(14, 2) not null,
  valid_until date null,
  introduction text not null default '',
  prepared_by_id uuid null,
  accepted_order_id uuid null,
  created_at timestamptz not null default now()
);

insert into quotes (
  id, number, version, status, customer_id, lines, total, valid_until, introduction, prepared_by_id, created_at
)
select
  sample.uuid(t.chance_key, n, 'quotes', t.no),
  t.canary || 'Q-' || (n + 1) / 2,
  t.small_base + 1 + n % 2,
  case when n % 2 = 0 then 'accepted' when n % 3 = 0 then 'lost' else 'open' end,
  sample.uuid(t.chance_key, 1 + (n + 1) / 2 % t.customers, 'customers', t.no),
  l.lines,
  l.total,
  case n % 5 when 4 then null when 3 then 'infinity' else date '2024-02-29' + (n % 900)::integer end,
  sample.note(t.canary, n + 21),
  case when n % 4 <> 1 then sample.uuid(t.chance_key, 1 + n % t.members, 'members', t.no) end,
  sample.moment(t.chance_key, n, 'quote', t.no)
from sample.tenant as t
cross join generate_series(1, t.quotes) as n
cross join lateral (
  select
    sum(amount) as total,
    jsonb_agg(
      jsonb_build_object(
        'product_id', sample.uuid(t.chance_key, 1 + (n + k) % t.products, 'products', t.no),
        'text', t.canary || 'as "discussed"',
        'amount', amount,
        'discount', null
      ) order by k
    ) as lines
  from (
    select k, sample.line_sign(k) * sample.amount(t.chance_key, n * 8 + k, 'quote', t.base) as amount
    from generate_series(1, sample.lines(n)) as k
  ) as one
) as l;

alter table quotes
  add constraint quotes_pkey primary key (id),
  add constraint quotes_number_version_key unique (number, version),
  add constraint quotes_status_check check (status in ('open', 'accepted', 'lost')),
  add constraint quotes_lines_check check (jsonb_typeof(lines) = 'array'),
  add constraint quotes_customer_id_fkey foreign key (customer_id) references customers (id) on delete cascade,
  add constraint quotes_prepared_by_id_fkey foreign key (prepared_by_id) references members (id) on delete set null;
create index quotes_customer_id_idx on quotes (customer_id, created_at desc);
create index quotes_prepared_by_id_idx on quotes (prepared_by_id);
create index quotes_lines_idx on quotes using gin (lines);

comment on table quotes is 'What was offered to a customer';
comment on column quotes.lines is 'A list of products, with amounts as they were offered';
