-- Whether the bank and the books agree about a month.

create table bank_reconciliations (
  id uuid not null default gen_random_uuid(),
  bank_statement_id uuid not null,
  state text not null default 'open',
  statement_balance numeric(14, 2) not null,
  book_balance numeric(14, 2) not null,
  matched_ids uuid[] not null default '{}',
  remarks text null,
  reviewed_by_id uuid null,
  closed_at timestamptz null,
  created_at timestamptz not null default now()
);

insert into bank_reconciliations (
  id, bank_statement_id, state, statement_balance, book_balance, matched_ids, remarks, reviewed_by_id, closed_at, created_at
)
select
  sample.uuid(t.chance_key, s, 'bank_reconciliations', t.no),
  b.id,
  case when s % 5 = 4 then 'open' else 'closed' end,
  b.closing_balance,
  case when s % 5 = 4 then b.closing_balance - 0.01 else b.closing_balance end,
  case when s % 3 = 0 then '{}' else array[sample.uuid(t.chance_key, s, 'bank_transactions', t.no), null] end,
  case when s % 4 <> 1 then sample.note(t.canary, s + 2) end,
  case when s % 5 <> 4 then sample.uuid(t.chance_key, 1 + s % t.members, 'members', t.no) end,
  case when s % 5 <> 4 then sample.moment(t.chance_key, s, 'closed', t.no) end,
  sample.moment(t.chance_key, s, 'reconciled', t.no)
from sample.tenant as t
cross join generate_series(1, t.bank_accounts * t.months) as s
join bank_statements as b on b.id = sample.uuid(t.chance_key, s, 'bank_statements', t.no)
where s % 7 <> 6;

alter table bank_reconciliations
  add constraint bank_reconciliations_pkey primary key (id),
  add constraint bank_reconciliations_bank_statement_id_key unique (bank_statement_id),
  add constraint bank_reconciliations_state_check check (state in ('open', 'closed')),
  add constraint bank_reconciliations_closed check (
    case state when 'closed' then statement_balance = book_balance and closed_at is not null else closed_at is null end
  ),
  add constraint bank_reconciliations_bank_statement_id_fkey
    foreign key (bank_statement_id) references bank_statements (id) on delete cascade,
  add constraint bank_reconciliations_reviewed_by_id_fkey
    foreign key (reviewed_by_id) references members (id) on delete set null;
create index bank_reconciliations_reviewed_by_id_idx on bank_reconciliations (reviewed_by_id);

comment on table bank_reconciliations is 'Whether bank and books agree about a month';
comment on column bank_reconciliations.matched_ids is 'Bank transactions that were found in the books; no foreign key';
