-- Who runs the platform, and how it is set: these rows belong to no company, and no company may see them.

create table public.platform_admins (
  id uuid primary key default gen_random_uuid(),
  email text not null constraint platform_admins_email_key unique,
  password_hash text null,
  is_active boolean not null default true,
  created_by_id uuid null references public.platform_admins (id) on delete set null,
  created_at timestamptz not null default now()
);

create table public.platform_settings (
  key text primary key,
  value jsonb not null,
  updated_by_id uuid null references public.platform_admins (id) on delete set null
);

-- No password opens these: the hashes belong to none.
insert into public.platform_admins (id, email, password_hash, is_active, created_by_id, created_at) values
  (sample.template_id(1), 'root@platform.example', '!nobody', true, null, '2015-03-29 00:59:59.000001+00'),
  (sample.template_id(2), 'on.call@platform.example', null, false, sample.template_id(1), '2016-02-29 12:00:00.25+00');

insert into public.platform_settings (key, value, updated_by_id) values
  ('maintenance', 'null', null),
  ('signup', '{"open": true, "plans": ["trial", "scale up"], "notice": "it''s \"soon\""}', sample.template_id(1)),
  ('exchange rates', '{"EUR": 1.000, "USD": 1.0850}', sample.template_id(2));

comment on table public.platform_admins is 'People who run the platform; members of no company';
comment on table public.platform_settings is 'One row per setting of the platform';
