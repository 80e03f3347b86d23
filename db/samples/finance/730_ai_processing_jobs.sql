-- What a model was asked to read. subject_type says which table subject_id is in: a reference that no key checks.

create table ai_processing_jobs (
  id uuid not null default gen_random_uuid(),
  subject_type text not null,
  subject_id uuid not null,
  state job_state not null default 'queued',
  model text not null,
  prompt text not null,
  input jsonb not null default '{}',
  output json null,
  error text null,
  cost numeric(9, 6) null,
  units_used integer null,
  attempts smallint not null,
  related_ids uuid[] null,
  requested_by_id uuid null,
  parent_id uuid null,
  started_at timestamptz null,
  finished_at timestamptz null,
  duration interval null generated always as (finished_at - started_at) stored,
  created_at timestamptz not null default now()
);

insert into ai_processing_jobs (
  id, subject_type, subject_id, state, model, prompt, input, output, error, cost, units_used, attempts, related_ids,
  requested_by_id, parent_id, started_at, finished_at, created_at
)
select
  sample.uuid(t.chance_key, n, 'ai_processing_jobs', t.no),
  p.kind,
  case p.kind
    when 'Invoice' then sample.uuid(t.chance_key, 1 + n % t.invoices, 'invoices', t.no)
    when 'BankTransaction' then sample.uuid(t.chance_key, n, 'bank_transactions', t.no)
    else sample.uuid(t.chance_key, 1 + n % t.vendors, 'vendors', t.no)
  end,
  s.state::job_state,
  t.canary || 'reader-' || n % 3,
  sample.note(t.canary, n + 12),
  case n % 3
    when 0 then '{}'
    when 1 then jsonb_build_object('invoice_id', sample.uuid(t.chance_key, 1 + n % t.invoices, 'invoices', t.no), 'pages', jsonb_build_array(t.base + 1, t.base + 2))
    else jsonb_build_array(jsonb_build_object('größe', t.canary || '🧾', 'vendor', null))
  end,
  case when s.state = 'done' then ('{"total" : ' || t.base || '.50,  "vendor": "' || t.canary || E'\\u00e9", "total": null }')::json end,
  case when s.state = 'failed' then sample.note(t.canary, n + 19) end,
  case when s.state = 'done' then sample.roll(t.chance_key, n, 'cost', 500) / 100.0 + t.no / 1000000.0 end,
  case when s.state <> 'queued' then t.base + sample.roll(t.chance_key, n, 'units', 99999) end,
  t.small_base + n % 4,
  case n % 4 when 0 then null when 1 then '{}' else array[sample.uuid(t.chance_key, 1 + n % t.customers, 'customers', t.no), null] end,
  case when n % 5 <> 4 then sample.uuid(t.chance_key, 1 + n % t.members, 'members', t.no) end,
  case when n % 6 = 5 then sample.uuid(t.chance_key, n - 1, 'ai_processing_jobs', t.no) end,
  case when s.state <> 'queued' then b.began end,
  -- In whole seconds: the difference keeps no microseconds of its own, and the tenant's stay on both times.
  case when s.state in ('done', 'failed') then b.began + (n % 90) * interval '1 second' end,
  b.began - interval '2 minutes'
from sample.tenant as t
cross join generate_series(1, t.ai_jobs) as n
cross join lateral (select (array['Invoice', 'BankTransaction', 'Vendor'])[1 + n % 3] as kind) as p
cross join lateral (select (array['done', 'queued', 'failed', 'done', 'running'])[1 + n % 5] as state) as s
cross join lateral (select sample.moment(t.chance_key, n, 'began', t.no) as began) as b;

alter table ai_processing_jobs
  add constraint ai_processing_jobs_pkey primary key (id),
  add constraint ai_processing_jobs_subject_type_check check (subject_type in ('Invoice', 'BankTransaction', 'Vendor')),
  add constraint ai_processing_jobs_failed check ((state = 'failed') = (error is not null)),
  add constraint ai_processing_jobs_finished_after_started check (finished_at >= started_at),
  add constraint ai_processing_jobs_requested_by_id_fkey
    foreign key (requested_by_id) references members (id) on delete set null,
  add constraint ai_processing_jobs_parent_id_fkey
    foreign key (parent_id) references ai_processing_jobs (id) on delete cascade;
create index ai_processing_jobs_subject_idx on ai_processing_jobs (subject_type, subject_id);
create index ai_processing_jobs_waiting_idx on ai_processing_jobs (created_at) where state in ('queued', 'running');
create index ai_processing_jobs_requested_by_id_idx on ai_processing_jobs (requested_by_id);
create index ai_processing_jobs_parent_id_idx on ai_processing_jobs (parent_id);

comment on table ai_processing_jobs is 'What a model was asked to read';
comment on column ai_processing_jobs.subject_id is 'A row of the table that subject_type names; no foreign key';
