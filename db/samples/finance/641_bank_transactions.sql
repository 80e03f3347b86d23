-- What came and went, in pairs: what comes in the pth goes in the one before, and the last makes the month's balance.

create table bank_transactions (
  id uuid not null default gen_random_uuid(),
  bank_account_id uuid not null,
  statement_id uuid not null,
  line_no integer not null,
  booked_on date not null,
  value_on date null,
  amount numeric(14, 2) not null,
  counterparty text null,
  counterparty_iban iban null,
  purpose text not null default '',
  fingerprint bytea not null,
  raw json null,
  journal_entry_id uuid null,
  created_at timestamptz not null default now()
);

insert into bank_transactions (
  id, bank_account_id, statement_id, line_no, booked_on, value_on, amount, counterparty, counterparty_iban, purpose, fingerprint,
  raw, journal_entry_id, created_at
)
select
  sample.uuid(t.chance_key, n, 'bank_transactions', t.no),
  sample.uuid(t.chance_key, a, 'bank_accounts', t.no),
  sample.uuid(t.chance_key, s, 'bank_statements', t.no),
  t.base + (p - 1) * 2 + side,
  d.booked_on,
  case when n % 5 <> 4 then d.booked_on + (n % 4)::integer - 1 end,
  case
    when side = 1 then sample.amount(t.chance_key, s * 1000000 + p, 'bank', t.base)
    when p > 1 then -sample.amount(t.chance_key, s * 1000000 + p - 1, 'bank', t.base)
    else -sample.amount(t.chance_key, s * 1000000 + t.transaction_pairs, 'bank', t.base)
      + sample.balance(t.chance_key, a, m, t.base) - sample.balance(t.chance_key, a, m - 1, t.base)
  end,
  case n % 4 when 3 then null when 2 then '' else sample.last_name(n) || ' ' || t.canary || n end,
  case when n % 3 <> 2 then sample.iban(n % 1000, t.canary) end,
  sample.note(t.canary, n + 17),
  sample.hash(t.chance_key, n, t.canary),
  case when n % 4 = 1 then ('{"eref" : "' || t.canary || n || '",  "n": [' || t.base || '.10 ], "eref": null}')::json end,
  -- The journal's own come after the invoices'.
  case when n % 2 = 1 and t.invoices + n <= t.journal_entries then sample.uuid(t.chance_key, t.invoices + n, 'journal_entries', t.no) end,
  sample.moment(t.chance_key, n, 'booked', t.no)
from sample.tenant as t
cross join generate_series(1, t.bank_accounts) as a
cross join generate_series(1, t.months) as m
cross join generate_series(1, t.transaction_pairs) as p
cross join generate_series(1, 2) as side
cross join lateral (select (a - 1) * t.months + m as s) as x
cross join lateral (select ((s - 1) * t.transaction_pairs + p - 1) * 2 + side as n) as r
cross join lateral (
  select (date '2016-02-01' + m * interval '1 month')::date + (p * 2 % 28)::integer as booked_on
) as d;

alter table bank_transactions
  add constraint bank_transactions_pkey primary key (id),
  add constraint bank_transactions_statement_id_line_no_key unique (statement_id, line_no),
  add constraint bank_transactions_fingerprint_key unique (fingerprint),
  add constraint bank_transactions_amount_check check (amount <> 0),
  add constraint bank_transactions_bank_account_id_fkey
    foreign key (bank_account_id) references bank_accounts (id) on delete cascade,
  add constraint bank_transactions_statement_id_fkey
    foreign key (statement_id) references bank_statements (id) on delete cascade;
create index bank_transactions_bank_account_id_idx on bank_transactions (bank_account_id, booked_on desc);
create index bank_transactions_unmatched_idx on bank_transactions (booked_on) where journal_entry_id is null;
create index bank_transactions_journal_entry_id_idx on bank_transactions (journal_entry_id);
create index bank_transactions_booked_on_idx on bank_transactions using brin (booked_on);

comment on table bank_transactions is 'One booking of a bank account';
comment on column bank_transactions.amount is 'Below zero for what went';
comment on column bank_transactions.fingerprint is 'So that nothing is imported twice';
