-- One per bank account and month; each begins with the balance that the one before ended with.

create table bank_statements (
  id uuid not null default gen_random_uuid(),
  bank_account_id uuid not null,
  month date not null,
  opening_balance numeric(14, 2) not null,
  closing_balance numeric(14, 2) not null,
  previous_id uuid null,
  file_hash bytea null,
  source text not null default '',
  imported_by_id uuid null,
  imported_at timestamptz not null default now()
);

insert into bank_statements (
  id, bank_account_id, month, opening_balance, closing_balance, previous_id, file_hash, source, imported_by_id, imported_at
)
select
  sample.uuid(t.chance_key, s, 'bank_statements', t.no),
  sample.uuid(t.chance_key, a, 'bank_accounts', t.no),
  (date '2016-02-01' + m * interval '1 month')::date,
  sample.balance(t.chance_key, a, m - 1, t.base),
  sample.balance(t.chance_key, a, m, t.base),
  case when m > 1 then sample.uuid(t.chance_key, s - 1, 'bank_statements', t.no) end,
  case when s % 4 <> 3 then sample.hash(t.chance_key, s, t.canary) end,
  t.canary || E':20:STARTUMS\r\n:25:' || s || E'\r\n:60F:C160229EUR\r\n-',
  case when s % 3 <> 2 then sample.uuid(t.chance_key, 1 + s % t.members, 'members', t.no) end,
  sample.moment(t.chance_key, s, 'imported', t.no)
from sample.tenant as t
cross join generate_series(1, t.bank_accounts) as a
cross join generate_series(1, t.months) as m
cross join lateral (select (a - 1) * t.months + m as s) as n;

alter table bank_statements
  add constraint bank_statements_pkey primary key (id),
  add constraint bank_statements_bank_account_id_month_key unique (bank_account_id, month),
  add constraint bank_statements_month_check check (extract(day from month) = 1),
  add constraint bank_statements_bank_account_id_fkey
    foreign key (bank_account_id) references bank_accounts (id) on delete cascade,
  add constraint bank_statements_previous_id_fkey
    foreign key (previous_id) references bank_statements (id) on delete set null deferrable initially deferred,
  add constraint bank_statements_imported_by_id_fkey
    foreign key (imported_by_id) references members (id) on delete set null;
create unique index bank_statements_previous_id_key on bank_statements (previous_id);
create index bank_statements_imported_by_id_idx on bank_statements (imported_by_id);

comment on table bank_statements is 'A month of a bank account, as the bank wrote it';
