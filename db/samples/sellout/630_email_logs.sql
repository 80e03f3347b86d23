-- Every e-mail that was sent. No foreign key on user_id, which every fifth has not: then the recipient tells, in
-- capitals here and there. Some of nobody's went to people who are in no table.

create table email_logs (
  id uuid not null default gen_random_uuid(),
  user_id integer null,
  recipient varchar(320) not null,
  subject varchar(255) not null,
  body text null,
  template varchar(40) not null,
  status varchar(20) not null,
  provider_message_id varchar(120) null,
  headers json null,
  error text null,
  opened_from inet null,
  sent_at timestamptz null,
  created_at timestamptz not null default now()
);

insert into email_logs (
  id, user_id, recipient, subject, body, template, status, provider_message_id, headers, error, opened_from, sent_at, created_at
)
select
  sample.uuid(t.chance_key, n, 'email_logs', t.no),
  case when n % 5 <> 4 then m.user_id end,
  case when m.user_id is null then 'gone.' || n || '@' || t.canary || 'mail.example'
    when n % 10 = 9 then upper(m.email) else m.email end,
  (array['Your upload ', 'Re: "final" ', 'Neues Kennwort ', 'お知らせ '])[1 + n % 4] || t.canary || n,
  case n % 6 when 5 then null else sample.note(t.canary, n + 3) end,
  m.template,
  case n % 9 when 8 then 'bounced' when 7 then 'queued' else 'sent' end,
  case when n % 9 <> 7 then '<' || t.canary || md5(t.chance_key::text || n) || '@relay.example>' end,
  -- Not jsonb: spaces, the order of keys and a key that is there twice stay as they were sent.
  case when n % 3 = 1 then ('{ "Received":"' || t.canary || '\u00e9",  "X-Id" : ' || t.base || '.50, "Received": null }')::json end,
  case when n % 9 = 8 then sample.note(t.canary, n + 9) end,
  case when n % 4 = 2 then sample.address(n, t.no) end,
  case when n % 9 <> 7 then m.at + interval '3 seconds' end,
  m.at
from (
  select no, user_id, email, template, at, row_number() over (partition by no order by at, template, user_id) as n
  from (
    select no, id as user_id, email, 'welcome' as template, joined_at as at from sample.people
    union all
    select s.no, s.user_id, p.email, (array['upload done', 'upload failed'])[1 + (s.k % 10 = 4)::integer],
      s.uploaded_at + interval '10 minutes'
    from sample.sheets as s join sample.people as p on p.no = s.no and p.k = s.user_k
    union all
    select t.no, null, null, 'newsletter', timestamptz '2022-06-01 04:00:00+00' + g * interval '1 hour' + t.no * interval '1 microsecond'
    from sample.tenants as t, generate_series(1, 12) as g where not t.is_company
  ) as sent
) as m
join sample.tenants as t using (no)
order by m.at, m.no, n;

alter table email_logs add constraint email_logs_pkey primary key (id);
create index ix_email_logs_created_at on email_logs (created_at desc);
create index ix_email_logs_user_id on email_logs (user_id);
create unique index uq_email_logs_provider_message_id on email_logs (provider_message_id) where provider_message_id is not null;

comment on table email_logs is 'Every e-mail that was sent';
comment on column email_logs.user_id is 'Whom it went to; no foreign key';
