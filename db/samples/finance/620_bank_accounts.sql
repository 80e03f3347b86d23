-- The company's own accounts. Each is one ledger account, by code and currency together.

create table bank_accounts (
  id uuid not null default gen_random_uuid(),
  name text not null,
  iban iban null,
  bic text null,
  currency currency_code not null,
  account_code text not null,
  is_default boolean not null default false,
  overdraft numeric(14, 2) null,
  opened_on date not null,
  closed_on date null,
  created_at timestamptz not null default now()
);

insert into bank_accounts (
  id, name, iban, bic, currency, account_code, is_default, overdraft, opened_on, closed_on, created_at
)
select
  sample.uuid(t.chance_key, n, 'bank_accounts', t.no),
  (array['Girokonto', 'Épargne "plus"', 'US dollars'])[n] || ' ' || t.canary,
  case when n <> 3 then sample.iban(900 + n, t.canary) end,
  case when n <> 2 then upper(t.canary) || 'XXX' end,
  case when n = 3 then 'USD' else 'EUR' end,
  t.canary || 1200 + n,
  n = 1,
  case when n <> 2 then t.base + 50000 end,
  date '1899-12-31' + (n * 40000)::integer,
  case when n = 2 then date '9999-12-31' end,
  sample.moment(t.chance_key, n, 'bank account', t.no)
from sample.tenant as t, generate_series(1, t.bank_accounts) as n;

alter table bank_accounts
  add constraint bank_accounts_pkey primary key (id),
  add constraint bank_accounts_iban_key unique (iban),
  add constraint bank_accounts_closed_after_opened check (closed_on > opened_on),
  add constraint bank_accounts_ledger_fkey
    foreign key (account_code, currency) references accounts (code, currency) on update cascade;
create unique index bank_accounts_one_default on bank_accounts (is_default) where is_default;
create index bank_accounts_ledger_idx on bank_accounts (account_code, currency);

comment on table bank_accounts is 'Where the company''s own money is';
comment on column bank_accounts.overdraft is 'How far below zero it may go';
