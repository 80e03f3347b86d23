-- What was paid. Paid invoices add up to nothing open, void ones to nothing at all; a payment may be the return of one.

create table payments (
  id uuid not null default gen_random_uuid(),
  invoice_id uuid not null,
  method payment_method not null default 'bank transfer',
  amount numeric(14, 2) not null,
  received_at timestamptz not null,
  reference text null,
  idempotency_key uuid null,
  gateway_response jsonb null,
  bank_transaction_id uuid null,
  wallet_id uuid null,
  returns_id uuid null,
  recorded_by_id uuid null,
  created_at timestamptz not null default now()
);

insert into payments (
  id, invoice_id, method, amount, received_at, reference, idempotency_key, gateway_response, bank_transaction_id, wallet_id,
  returns_id, recorded_by_id, created_at
)
select
  sample.uuid(t.chance_key, p, 'payments', t.no),
  i.id,
  m.method::payment_method,
  case
    when i.status = 'part paid' then t.base + 1000 + sample.roll(t.chance_key, p, 'part', 10000000) / 100.0
    when k = 2 then -i.total
    else i.total
  end,
  sample.moment(t.chance_key, p, 'received', t.no),
  case when p % 3 <> 1 then sample.note(t.canary, p) end,
  case when p % 4 <> 3 then sample.uuid(t.chance_key, p, 'idempotency', t.no) end,
  case n % 3
    when 0 then null
    when 1 then jsonb_build_object('status', t.canary || 'ok', 'fee', t.base + 0.30, 'invoice', i.id, 'card', null)
    else jsonb_build_array(t.canary || '{"nested": "json"}', null)
  end,
  -- Transactions of odd numbers are the journal's (641_bank_transactions.sql).
  case
    when k = 1 and m.method = 'bank transfer' and n <= t.bank_accounts * t.months * t.transaction_pairs
      then sample.uuid(t.chance_key, n * 2, 'bank_transactions', t.no)
  end,
  case when m.method = 'crypto ₿' and t.wallets > 0 then sample.uuid(t.chance_key, 1 + n % t.wallets, 'web3_wallets', t.no) end,
  case when k = 2 then sample.uuid(t.chance_key, n * 4 + 1, 'payments', t.no) end,
  case when n % 5 <> 2 then sample.uuid(t.chance_key, 1 + n % t.members, 'members', t.no) end,
  sample.moment(t.chance_key, p, 'recorded', t.no)
from sample.tenant as t
cross join generate_series(1, t.invoices) as n
cross join generate_series(1, 3) as k
cross join lateral (select n * 4 + k as p) as r
cross join lateral (
  select (array['bank transfer', 'card', 'bank transfer', 'Cash', 'crypto ₿'])[1 + sample.roll(t.chance_key, n, 'method', 5)] as method
) as m
join invoices as i on i.id = sample.uuid(t.chance_key, n, 'invoices', t.no)
where (k = 1 and i.status in ('paid', 'part paid', 'void'))
  or (k = 2 and (i.status = 'void' or (i.status = 'paid' and n % 10 = 5)))
  or (k = 3 and i.status = 'paid' and n % 10 = 5);

alter table payments
  add constraint payments_pkey primary key (id),
  add constraint payments_idempotency_key_key unique (idempotency_key),
  add constraint payments_amount_check check (amount <> 0),
  add constraint payments_returns_are_below_zero check ((returns_id is null) = (amount > 0)),
  add constraint payments_invoice_id_fkey foreign key (invoice_id) references invoices (id) on delete restrict,
  add constraint payments_bank_transaction_id_fkey
    foreign key (bank_transaction_id) references bank_transactions (id) on delete set null,
  add constraint payments_wallet_id_fkey foreign key (wallet_id) references web3_wallets (id) on delete set null,
  add constraint payments_returns_id_fkey foreign key (returns_id) references payments (id) deferrable initially deferred,
  add constraint payments_recorded_by_id_fkey foreign key (recorded_by_id) references members (id) on delete set null;
create unique index payments_bank_transaction_id_key on payments (bank_transaction_id) where bank_transaction_id is not null;
create unique index payments_returns_id_key on payments (returns_id);
create index payments_invoice_id_idx on payments (invoice_id) include (amount);
create index payments_wallet_id_idx on payments (wallet_id);
create index payments_recorded_by_id_idx on payments (recorded_by_id);

comment on table payments is 'What was paid for an invoice, or returned';
comment on column payments.amount is 'Below zero for what was returned';
comment on column payments.bank_transaction_id is 'Matched by hand: the bank''s fee may be missing from it';
comment on column payments.idempotency_key is 'So that nothing is paid twice';
