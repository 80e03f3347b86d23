-- The journal: one entry per issued invoice, then those of the bank, and by hand. The last statements close the cycles
-- with invoices and bank transactions.

create table journal_entries (
  id uuid not null default gen_random_uuid(),
  entry_no bigint not null generated always as identity,
  source entry_source not null default 'manual',
  posted_on date not null,
  memo text null,
  context jsonb null,
  attachments text[] null,
  invoice_id uuid null,
  reverses_id uuid null,
  posted_by_id uuid null,
  locked_at timestamptz null,
  created_at timestamptz not null default now()
);

insert into journal_entries (
  id, entry_no, source, posted_on, memo, context, attachments, invoice_id, reverses_id, posted_by_id, locked_at, created_at
) overriding system value
select
  e.id,
  t.base + j,
  s.source::entry_source,
  coalesce(i.issued_on, date '2016-02-29' + (j % 3300)::integer),
  case when j % 4 <> 3 then sample.note(t.canary, j + 1) end,
  case j % 4
    when 0 then null
    when 1 then jsonb_build_object('invoice', i.id, 'rule', t.canary || 'auto "1"')
    when 2 then jsonb_build_object('transactions', jsonb_build_array(sample.uuid(t.chance_key, j, 'bank_transactions', t.no)), 'n', t.base + 1.00)
    else 'null'
  end,
  case j % 3 when 0 then null when 1 then '{}' else array[t.canary || 's3://receipts/' || j || '.pdf', null] end,
  i.id,
  case when s.source = 'reversal' then sample.uuid(t.chance_key, j - 2, 'journal_entries', t.no) end,
  case when j % 6 <> 5 then sample.uuid(t.chance_key, 1 + j % t.members, 'members', t.no) end,
  case when j % 3 <> 2 then sample.moment(t.chance_key, j, 'locked', t.no) end,
  sample.moment(t.chance_key, j, 'entry', t.no)
from sample.tenant as t
cross join generate_series(1, t.journal_entries) as j
cross join lateral (select sample.uuid(t.chance_key, j, 'journal_entries', t.no) as id, j - t.invoices as n) as e
cross join lateral (
  select
    case
      when j <= t.invoices then 'invoice'
      when n % 2 = 1 and n <= 2 * t.bank_accounts * t.months * t.transaction_pairs then 'bank'
      when n % 4 = 0 then 'reversal'
      else 'manual'
    end as source
) as s
left join invoices as i on i.journal_entry_id = e.id
-- Drafts are in no journal.
where j > t.invoices or i.id is not null;

select setval(pg_get_serial_sequence('journal_entries', 'entry_no'), max(t.base) + max(t.journal_entries) + 7)
from sample.tenant as t;

alter table journal_entries
  add constraint journal_entries_pkey primary key (id),
  add constraint journal_entries_entry_no_key unique (entry_no),
  add constraint journal_entries_reversal check ((source = 'reversal') = (reverses_id is not null)),
  add constraint journal_entries_invoice_id_fkey
    foreign key (invoice_id) references invoices (id) on delete set null deferrable initially deferred,
  add constraint journal_entries_reverses_id_fkey foreign key (reverses_id) references journal_entries (id),
  add constraint journal_entries_posted_by_id_fkey foreign key (posted_by_id) references members (id) on delete set null;
create unique index journal_entries_one_per_invoice on journal_entries (invoice_id) where source = 'invoice';
create unique index journal_entries_reverses_id_key on journal_entries (reverses_id);
create index journal_entries_posted_on_idx on journal_entries (posted_on desc, entry_no desc);
create index journal_entries_posted_by_id_idx on journal_entries (posted_by_id);

alter table invoices
  add constraint invoices_journal_entry_id_fkey
    foreign key (journal_entry_id) references journal_entries (id) on delete set null deferrable initially deferred;
alter table bank_transactions
  add constraint bank_transactions_journal_entry_id_fkey
    foreign key (journal_entry_id) references journal_entries (id) on delete set null;

comment on table journal_entries is 'The journal: what was booked, when and by whom';
comment on column journal_entries.entry_no is 'In the order of booking; nobody may choose one';
comment on column journal_entries.reverses_id is 'The entry that this one takes back';
