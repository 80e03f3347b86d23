-- People who wrote to the sales department.

create table contact_sales_leads (
  id uuid not null default gen_random_uuid(),
  name text not null,
  email text not null,
  company text null,
  message text not null,
  source text not null,
  budget numeric(14, 2) null,
  score double precision null,
  has_consented boolean not null default false,
  ip inet null,
  utm jsonb null,
  reply_within interval null,
  assigned_to_id uuid null,
  converted_customer_id uuid null,
  created_at timestamptz not null default now()
);

insert into contact_sales_leads (
  id, name, email, company, message, source, budget, score, has_consented, ip, utm, reply_within, assigned_to_id,
  converted_customer_id, created_at
)
select
  sample.uuid(t.chance_key, n, 'contact_sales_leads', t.no),
  sample.first_name(sample.roll(t.chance_key, n, 'lead', 20)) || ' ' || t.canary || n,
  case when n % 2 = 0 then 'Lead.' else 'lead.' end || t.canary || n || '@lead.example',
  case n % 3 when 0 then null when 1 then '' else 'Größe & Co ' || t.canary end,
  sample.note(t.canary, n + 7),
  t.canary || (array['website', 'fair "CeBIT"', 'word of mouth'])[1 + n % 3],
  case when n % 4 <> 3 then t.base + sample.roll(t.chance_key, n, 'budget', 99999999) / 100.0 end,
  case n % 4 when 0 then null when 1 then 'NaN' else sample.roll(t.chance_key, n, 'score', 100) / 7 + t.no / 1000000.0 end::double precision,
  n % 3 <> 1,
  case when n % 4 <> 2 then sample.address(n, t.no) end,
  case n % 3 when 0 then null when 1 then 'null' else jsonb_build_object('campaign', t.canary || 'été?a=1&b="2"', 'clicks', t.base + n % 50) end,
  case when n % 2 = 0 then n % 5 * interval '90 minutes' - interval '1 month' + t.no * interval '1 microsecond' end,
  case when n % 3 <> 2 then sample.uuid(t.chance_key, 1 + n % t.members, 'members', t.no) end,
  case when n % 4 = 3 and n <= t.customers then sample.uuid(t.chance_key, n, 'customers', t.no) end,
  sample.moment(t.chance_key, n, 'lead', t.no)
from sample.tenant as t, generate_series(1, t.leads) as n;

alter table contact_sales_leads
  add constraint contact_sales_leads_pkey primary key (id),
  add constraint contact_sales_leads_assigned_to_id_fkey
    foreign key (assigned_to_id) references members (id) on delete set null,
  add constraint contact_sales_leads_converted_customer_id_fkey
    foreign key (converted_customer_id) references customers (id) on delete set null;
create unique index contact_sales_leads_email_key on contact_sales_leads (lower(email), coalesce(company, ''));
create index contact_sales_leads_assigned_to_id_idx on contact_sales_leads (assigned_to_id);
create unique index contact_sales_leads_converted_customer_id_key on contact_sales_leads (converted_customer_id);

comment on table contact_sales_leads is 'People who wrote to the sales department';
comment on column contact_sales_leads.converted_customer_id is 'The customer that the lead became';
