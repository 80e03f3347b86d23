-- Reports that were run. Every third tenant never ran any: the table is empty.

create table reports (
  id uuid not null default gen_random_uuid(),
  title text not null,
  period report_period not null,
  starts_on date not null,
  filters jsonb not null default '{}',
  result jsonb null,
  account_ids uuid[] not null,
  runs_at time null,
  share_token uuid null,
  owner_id uuid not null,
  rendered_at timestamptz null,
  created_at timestamptz not null default now()
);

insert into reports (
  id, title, period, starts_on, filters, result, account_ids, runs_at, share_token, owner_id, rendered_at, created_at
)
select
  sample.uuid(t.chance_key, n, 'reports', t.no),
  (array['Bilanz', 'P&L "draft"', 'Résultat d''été', '貸借対照表'])[1 + n % 4] || ' ' || t.canary || n,
  (array['month', 'quarter', 'year'])[1 + n % 3]::report_period,
  case n % 4 when 0 then date '0001-01-01' when 1 then date '1899-12-31' else date '2024-01-01' end,
  case n % 3
    when 0 then '{}'
    when 1 then jsonb_build_object('customer_ids', jsonb_build_array(
      sample.uuid(t.chance_key, 1, 'customers', t.no), sample.uuid(t.chance_key, 1 + n % t.customers, 'customers', t.no)))
    else jsonb_build_object('text', t.canary || 'contains "%_"', 'above', t.base + 0.10)
  end,
  case n % 3 when 0 then null when 1 then 'null' else jsonb_build_object('rows', jsonb_build_array(jsonb_build_array(t.canary || 'Sales', t.base + 100.00))) end,
  case when n % 4 = 0 then '{}' else array[sample.template_id(13), sample.template_id(1 + n % 18)] end,
  case n % 4 when 0 then null when 1 then '24:00' else time '06:00' + t.no * interval '1 microsecond' end,
  case when n % 3 = 1 then sample.uuid(t.chance_key, n, 'share', t.no) end,
  sample.uuid(t.chance_key, 1 + n % t.members, 'members', t.no),
  case when n % 3 <> 0 then sample.moment(t.chance_key, n, 'rendered', t.no) end,
  sample.moment(t.chance_key, n, 'report', t.no)
from sample.tenant as t, generate_series(1, t.reports) as n;

alter table reports
  add constraint reports_pkey primary key (id),
  add constraint reports_owner_id_title_period_starts_on_key unique (owner_id, title, period, starts_on),
  add constraint reports_share_token_key unique (share_token),
  add constraint reports_owner_id_fkey foreign key (owner_id) references members (id) on delete cascade;

comment on table reports is 'Reports that a member keeps';
comment on column reports.account_ids is 'Accounts in this order; no foreign key';
comment on column reports.share_token is 'Secret: whoever has it can read the report';
