-- Two or four lines per entry, debit and credit alike. An entry's number, less the base, is its row.

create table journal_lines (
  id uuid not null default gen_random_uuid(),
  journal_entry_id uuid not null,
  position smallint not null,
  account_id uuid not null,
  debit numeric(14, 2) null,
  credit numeric(14, 2) null,
  amount numeric(14, 2) generated always as (coalesce(debit, 0) - coalesce(credit, 0)) stored,
  memo text null,
  customer_id uuid null,
  vendor_id uuid null
);

insert into journal_lines (
  id, journal_entry_id, position, account_id, debit, credit, memo, customer_id, vendor_id
)
select
  sample.uuid(t.chance_key, j * 4 + k, 'journal_lines', t.no),
  e.id,
  t.small_base + k,
  sample.template_id(
    case
      when e.source = 'invoice' then (array[6, 13, 7, 14])[k]
      when e.source = 'bank' then (array[3, 6])[k]
      else (array[16, 9, 17, 10])[k]
    end
  ),
  case when l.is_debit then l.amount end,
  case when not l.is_debit then l.amount end,
  case when (j + k) % 3 <> 2 then t.canary || 'line ' || k || ' of "' || j || '"' end,
  case when k = 1 then i.customer_id end,
  case when e.source in ('manual', 'reversal') and k = 2 and a.source_no % 3 <> 2 then sample.uuid(t.chance_key, 1 + a.source_no % t.vendors, 'vendors', t.no) end
from sample.tenant as t
cross join journal_entries as e
left join invoices as i on i.id = e.invoice_id
left join bank_transactions as b on b.journal_entry_id = e.id
cross join lateral (select e.entry_no - t.base as j) as r
-- What reverses an entry has the other's lines.
cross join lateral (select case when e.source = 'reversal' then j - 2 else j end as source_no) as a
cross join lateral generate_series(1, case when e.source <> 'bank' and source_no % 5 = 0 then 4 else 2 end) as k
cross join lateral (
  select
    coalesce(i.total, abs(b.amount), sample.amount(t.chance_key, source_no, 'first', t.base)) as first,
    sample.amount(t.chance_key, source_no, 'second', t.base) as second,
    case when source_no % 5 = 0 and e.source <> 'bank' then sample.roll(t.chance_key, source_no, 'moved', 1000000) / 100.0 else 0 end as moved
) as m
cross join lateral (
  select
    (array[first, first - moved, second, second + moved])[k] as amount,
    (k % 2 = 1) <> (e.source = 'reversal' or coalesce(b.amount < 0, false)) as is_debit
) as l;

alter table journal_lines
  add constraint journal_lines_pkey primary key (id),
  add constraint journal_lines_journal_entry_id_position_key
    unique (journal_entry_id, position) deferrable initially immediate,
  add constraint journal_lines_debit_or_credit check (num_nonnulls(debit, credit) = 1),
  add constraint journal_lines_above_zero check (debit > 0 or credit > 0),
  add constraint journal_lines_one_party check (num_nonnulls(customer_id, vendor_id) <= 1),
  add constraint journal_lines_journal_entry_id_fkey
    foreign key (journal_entry_id) references journal_entries (id) on delete cascade,
  add constraint journal_lines_account_id_fkey foreign key (account_id) references accounts (id),
  add constraint journal_lines_customer_id_fkey foreign key (customer_id) references customers (id) on delete set null,
  add constraint journal_lines_vendor_id_fkey foreign key (vendor_id) references vendors (id) on delete set null;
create index journal_lines_account_id_idx on journal_lines (account_id) include (amount);
create index journal_lines_customer_id_idx on journal_lines (customer_id) where customer_id is not null;
create index journal_lines_vendor_id_idx on journal_lines (vendor_id) where vendor_id is not null;

comment on table journal_lines is 'One side of a booking';
comment on column journal_lines.amount is 'Computed: debit less credit; an entry''s lines add up to zero';
