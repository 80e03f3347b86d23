-- What was done with an upload, step by step. Times are without a zone: the program took them for UTC.

create table processing_logs (
  id bigserial,
  upload_id uuid not null,
  stage varchar(20) not null,
  level varchar(10) not null default 'info',
  message text not null,
  details jsonb null,
  duration_ms integer null,
  logged_at timestamp without time zone not null default (now() at time zone 'utc')
);

insert into processing_logs (id, upload_id, stage, level, message, details, duration_ms, logged_at)
select
  sample.id_of(row_number() over (order by s.place, i)),
  s.id,
  (array['received', 'parsed', 'mapped', 'validated', 'stored'])[1 + (i - 1) % 5],
  case n % 12 when 11 then 'error' when 5 then 'warning' else 'info' end,
  sample.note(t.canary, n),
  case n % 4
    when 0 then null
    when 1 then jsonb_build_object('rows', t.base + s.entries, 'reseller', s.reseller)
    when 2 then jsonb_build_object('skipped', jsonb_build_array(t.base + 1, t.base + 2.0, null))
    else '{}'
  end,
  case when n % 5 <> 4 then t.base + sample.roll(t.chance_key, n, 'duration', 90000) end,
  s.uploaded_at at time zone 'UTC' + i * interval '20 seconds'
from sample.sheets as s
join sample.tenants as t using (no)
cross join lateral generate_series(1, t.processing_logs) as i
cross join lateral (select (s.k - 1) * t.processing_logs + i as n) as r
order by s.place, i;

alter table processing_logs
  add constraint processing_logs_pkey primary key (id),
  add constraint processing_logs_upload_id_fkey foreign key (upload_id) references uploads (id) on delete cascade;
create index ix_processing_logs_upload_id on processing_logs (upload_id, logged_at);
create index ix_processing_logs_logged_at on processing_logs using brin (logged_at);
select setval(pg_get_serial_sequence('processing_logs', 'id'), max(id)) from processing_logs;

comment on table processing_logs is 'What was done with an upload, step by step';
