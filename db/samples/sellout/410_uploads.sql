-- The spreadsheets as they came in: one of one reseller, for one month or a few.

create type upload_status as enum ('pending', 'processing', 'completed', 'failed', 'rolled back');

create table uploads (
  id uuid not null default gen_random_uuid(),
  user_id integer not null,
  filename varchar(255) not null,
  storage_key text not null,
  reseller varchar(160) not null,
  reported_month date not null,
  status upload_status not null default 'pending',
  file_size bigint not null,
  rows_read integer null,
  checksum bytea not null,
  sheet_names text[] null,
  mapping jsonb null,
  error text null,
  share_token varchar(80) null,
  replaces_id uuid null,
  started_at timestamptz null,
  took interval null,
  created_at timestamptz not null default now()
);

insert into uploads (
  id, user_id, filename, storage_key, reseller, reported_month, status, file_size, rows_read, checksum, sheet_names,
  mapping, error, share_token, replaces_id, started_at, took, created_at
)
select
  s.id,
  s.user_id,
  (array['Sell-out ', 'report "final" ', 'Umsätze_', '売上 ', 'it''s the one '])[1 + s.k % 5] || t.canary || s.k || '.xlsx',
  'uploads/' || t.canary || s.id || case when s.k % 11 = 7 then '/../' || s.k else '' end,
  s.reseller,
  s.reported_month,
  c.status::upload_status,
  t.base + sample.roll(t.chance_key, s.k, 'size', 999999),
  case when c.status <> 'failed' then t.base + s.entries end,
  case when s.k % 13 = 9 then '' else sample.hash(t.chance_key, s.k, t.canary) end,
  case s.k % 4 when 0 then null when 1 then '{}' when 2 then array[t.canary || 'Sheet 1', ''] else array[t.canary || 'März "neu"', null] end,
  case s.k % 5
    when 0 then null
    when 1 then 'null'
    when 2 then jsonb_build_object('header_row', t.base + 3, 'columns', jsonb_build_object('ean', t.canary || 'A', 'qty', null))
    else jsonb_build_array(jsonb_build_object('from', t.canary || 'EAN-Nr.', 'to', t.canary || 'ean'))
  end,
  case
    when c.status <> 'failed' then null
    -- Longer than a page: it is stored apart, and in pieces.
    when s.k % 2 = 0 then t.canary || repeat(md5(s.k::text) || E'\n', 600)
    else sample.note(t.canary, s.k + 10)
  end,
  case when s.k % 6 = 5 then t.canary || md5(t.chance_key::text || '/' || s.k) end,
  case when s.k % 8 = 7 then (select b.id from sample.sheets as b where b.no = s.no and b.k = s.k - 1) end,
  case when s.k % 9 <> 8 then s.uploaded_at + interval '5 seconds' end,
  case when s.k % 9 <> 8 then s.k % 240 * interval '1 second' + t.no * interval '1 microsecond' end,
  s.uploaded_at
from sample.sheets as s
join sample.tenants as t using (no)
cross join lateral (
  select case
    when s.entries = 0 or s.k % 10 = 4 then 'failed'
    when s.k % 10 = 9 then 'rolled back'
    else 'completed'
  end as status
) as c
order by s.place;

alter table uploads
  add constraint uploads_pkey primary key (id),
  add constraint uploads_share_token_key unique (share_token),
  add constraint uploads_failed_with_a_reason check ((status = 'failed') = (error is not null)),
  add constraint uploads_user_id_fkey foreign key (user_id) references users (id) on delete cascade,
  add constraint uploads_replaces_id_fkey foreign key (replaces_id) references uploads (id) on delete set null;
create index ix_uploads_user_id_created_at on uploads (user_id, created_at desc);
create index ix_uploads_status on uploads (status) where status in ('pending', 'processing');

comment on table uploads is 'Spreadsheets as they came in';
comment on column uploads.share_token is 'Whoever has it may see the upload';
