-- What was changed on the way from a cell to an entry. No foreign key: it came later, and uploads were deleted under
-- it, so some of nobody's point nowhere.

create table transform_logs (
  id bigserial,
  upload_id uuid not null,
  entry_id bigint null,
  row_no integer not null,
  rule varchar(40) not null,
  old_value text null,
  new_value text null,
  confidence double precision null,
  created_at timestamptz not null default now()
);

insert into transform_logs (id, upload_id, entry_id, row_no, rule, old_value, new_value, confidence, created_at)
select
  sample.id_of(row_number() over (order by s.place, i)),
  case when i <= t.transform_logs then s.id else sample.uuid(t.chance_key, i, 'deleted uploads', t.no) end,
  case when n % 3 <> 2 and i <= least(s.entries, t.transform_logs) then sample.id_of(s.entries_before + i) end,
  t.base + i,
  (array['trim', 'ean from name', 'decimal comma', 'date of serial'])[1 + n % 4],
  case n % 7 when 3 then null else sample.note(t.canary, n) end,
  case n % 9 when 4 then null else t.canary || n || case n % 2 when 0 then ',50' else '' end end,
  case when n % 6 <> 5 then sample.degrees(t.chance_key, n, 'confidence', 1, t.no)::double precision end,
  s.uploaded_at + i * interval '1 second'
from sample.sheets as s
join sample.tenants as t using (no)
-- Of nobody's first upload, twenty more: their uploads are gone.
cross join lateral generate_series(1, t.transform_logs + case when s.k = 1 and not t.is_company then 20 else 0 end) as i
cross join lateral (select (s.k - 1) * t.transform_logs + i as n) as r
order by s.place, i;

alter table transform_logs add constraint transform_logs_pkey primary key (id);
create index ix_transform_logs_upload_id on transform_logs (upload_id);
select setval(pg_get_serial_sequence('transform_logs', 'id'), max(id) + 1) from transform_logs;

comment on table transform_logs is 'What was changed on the way from a cell to an entry';
comment on column transform_logs.entry_id is 'The entry it became, if it became one; no foreign key';
