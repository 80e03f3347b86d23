-- Who sells to the company. Their expenses go to an account by its code, which may be renumbered.

create table vendors (
  id uuid not null default gen_random_uuid(),
  name text not null,
  vat_number text null,
  email text null,
  iban iban null,
  address postal_address null,
  payment_terms interval null,
  rating numeric(9, 6) null,
  is_blocked boolean not null default false,
  blocked_reason text null,
  expense_account_code text null,
  notes text not null default '',
  created_at timestamptz not null default now()
);

insert into vendors (
  id, name, vat_number, email, iban, address, payment_terms, rating, is_blocked, blocked_reason, expense_account_code, notes, created_at
)
select
  sample.uuid(t.chance_key, n, 'vendors', t.no),
  (array['Großhandel', 'Fournisseur d''Azur', 'Steel "&" Co', '倉庫'])[1 + n % 4] || ' ' || t.canary || n,
  case when n % 4 <> 3 then 'FR' || upper(t.canary) || lpad(n::text, 11, '0') end,
  case when n % 5 <> 4 then 'orders.' || t.canary || n || '@vendor.example' end,
  case when n % 3 <> 2 then sample.iban(n, t.canary) end,
  case when n % 4 <> 2 then row(t.canary || 'Dock ' || n, null, t.canary || 'Łódź')::postal_address end,
  case n % 3 when 0 then null when 1 then make_interval(months => 1, days => -3) + t.no * interval '1 microsecond' else interval '-14 days' + t.no * interval '1 microsecond' end,
  case when n % 5 <> 3 then 1 + sample.roll(t.chance_key, n, 'rating', 9) * 0.5 + t.no / 1000000.0 end,
  n % 6 = 5,
  case when n % 6 = 5 then sample.note(t.canary, n + 5) end,
  case when n % 5 <> 1 then t.canary || case when n % 2 = 0 then '5100' else '5200' end end,
  sample.note(t.canary, n + 8),
  sample.moment(t.chance_key, n, 'vendor', t.no)
from sample.tenant as t, generate_series(1, t.vendors) as n;

alter table vendors
  add constraint vendors_pkey primary key (id),
  add constraint vendors_iban_key unique (iban),
  add constraint vendors_name_vat_number_key unique nulls not distinct (name, vat_number),
  add constraint vendors_blocked_for_a_reason check (is_blocked = (blocked_reason is not null)),
  add constraint vendors_expense_account_code_fkey
    foreign key (expense_account_code) references accounts (code) on update cascade on delete restrict;
create index vendors_expense_account_code_idx on vendors (expense_account_code);

comment on table vendors is 'Who sells to the company';
comment on column vendors.iban is 'Where they are paid: changes need a second person';
