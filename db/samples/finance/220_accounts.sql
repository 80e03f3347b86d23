-- The chart of accounts: a tree, copied from one template into every tenant, ids included. What refers to an account
-- does so by id, by code, or by code and currency together.

create table accounts (
  id uuid not null default gen_random_uuid(),
  code text not null,
  name text not null,
  kind account_kind not null,
  currency currency_code not null default 'EUR',
  description text null,
  opening_balance numeric(14, 2) null,
  labels text[] not null default '{}',
  is_closed boolean not null default false,
  parent_id uuid null
);

insert into accounts (id, code, name, kind, currency, description, opening_balance, labels, is_closed, parent_id)
select
  sample.template_id(a.n),
  t.canary || a.code,
  a.name || ' ' || t.canary,
  a.kind::account_kind,
  case when a.n = 5 then 'USD' else 'EUR' end,
  case when a.n % 3 <> 0 then sample.note(t.canary, a.n + t.no) end,
  case when a.n % 4 <> 3 then sample.amount(t.chance_key, a.n, 'opening', t.base) * case when a.kind = 'asset' then 1 else -1 end end,
  case a.n % 3 when 0 then '{}' when 1 then array[t.canary || 'tax "19 %"', null] else array[t.canary || 'a,b', ''] end,
  a.n = 18,
  sample.template_id(a.parent)
from sample.tenant as t
cross join (values
  (1, '1000', 'Assets', 'asset', null),
  (2, '1200', 'Banks & Kassen', 'asset', 1),
  (3, '1201', 'Main account', 'asset', 2),
  (4, '1202', 'Savings', 'asset', 2),
  (5, '1203', 'US "dollars"', 'asset', 2),
  (6, '1400', 'Receivables', 'asset', 1),
  (7, '1500', 'Stock', 'asset', 1),
  (8, '2000', 'Liabilities', 'liability', null),
  (9, '2100', 'Payables', 'liability', 8),
  (10, '2200', 'Umsatzsteuer', 'liability', 8),
  (11, '3000', 'Equity', 'equity', null),
  (12, '4000', 'Income', 'income', null),
  (13, '4100', 'Sales', 'income', 12),
  (14, '4200', 'Services d''été', 'income', 12),
  (15, '5000', 'Expenses', 'expense', null),
  (16, '5100', 'Goods', 'expense', 15),
  (17, '5200', 'Löhne', 'expense', 15),
  (18, '5900', 'Suspense \ 仮勘定', 'expense', 15)
) as a (n, code, name, kind, parent);

alter table accounts
  add constraint accounts_pkey primary key (id),
  add constraint accounts_code_key unique (code),
  add constraint accounts_code_currency_key unique (code, currency),
  add constraint accounts_not_its_own_parent check (parent_id <> id),
  add constraint accounts_parent_id_fkey foreign key (parent_id) references accounts (id) deferrable initially immediate;
create index accounts_parent_id_idx on accounts (parent_id);
create unique index accounts_open_name_key on accounts (kind, lower(name)) where not is_closed;

comment on table accounts is 'The chart of accounts';
comment on column accounts.code is 'As the tax adviser knows it; others refer to it';
comment on column accounts.opening_balance is 'Below zero where the credit side is larger';
