-- People who can sign in, of all companies and of none. What says whose they are is what they typed as their company,
-- and the domain of their e-mail. Person 1 of a company administers it; person 4 was invited and never came.

create table users (
  id serial,
  email varchar(320) not null,
  email_domain text generated always as (lower(split_part(email, '@', 2))) stored,
  password_hash varchar(255) null,
  full_name varchar(160) not null,
  company varchar(160) null,
  role varchar(20) not null default 'user',
  is_active boolean not null default true,
  reset_token varchar(120) null,
  reset_token_expires_at timestamptz null,
  phone varchar(60) null,
  preferences jsonb not null default '{}',
  invited_by_id integer null,
  last_login_at timestamptz null,
  last_login_ip inet null,
  created_at timestamptz not null default now(),
  updated_at timestamptz null
);

insert into users (
  id, email, password_hash, full_name, company, role, is_active, reset_token, reset_token_expires_at, phone, preferences,
  invited_by_id, last_login_at, last_login_ip, created_at, updated_at
)
select
  p.id,
  p.email,
  case when p.k <> 4 then t.password end,
  sample.first_name(sample.roll(t.chance_key, p.k, 'first', 20)) || ' ' || t.canary || p.k || ' '
    || sample.last_name(sample.roll(t.chance_key, p.k, 'last', 20)),
  case when t.is_company then t.name || ' ' || t.canary end,
  case when p.k = 1 and t.is_company then 'admin' when p.k % 4 = 3 then 'viewer' else 'user' end,
  p.k <= 4 or p.k % 11 <> 5,
  case when p.k % 5 = 3 then t.canary || md5(t.chance_key::text || p.k) end,
  case when p.k % 5 = 3 then p.joined_at + interval '24 hours' end,
  case p.k % 3 when 0 then null when 1 then '+49 30 ' || t.canary || p.k else '' end,
  case p.k % 4
    when 0 then '{}'
    when 1 then jsonb_build_object('theme', t.canary || 'dark', 'größe', t.base + 1.500, 'last', null)
    when 2 then jsonb_build_object('pinned_uploads', jsonb_build_array(
      sample.uuid(t.chance_key, 1 + p.k % t.uploads, 'uploads', t.no), null))
    else jsonb_build_array(t.base, jsonb_build_object('signature', t.canary || E'\n"yours"'))
  end,
  case when p.k > 1 then i.id end,
  case when p.k <> 4 and p.k % 7 <> 5 then p.joined_at + interval '1500 hours' end,
  case when p.k <> 4 and p.k % 7 <> 5 then sample.address(p.k, t.no) end,
  p.joined_at,
  case when p.k % 3 = 2 then p.joined_at + interval '90 minutes' end
from sample.people as p
join sample.tenants as t using (no)
left join sample.people as i on i.no = p.no and i.k = greatest(1, p.k / 3)
order by p.id;

alter table users
  add constraint users_pkey primary key (id),
  add constraint users_email_key unique (email),
  add constraint users_reset_token_key unique (reset_token),
  add constraint users_role_check check (role in ('admin', 'user', 'viewer')),
  add constraint users_invited_by_id_fkey foreign key (invited_by_id) references users (id) on delete set null;
create index ix_users_company on users (company);
create index ix_users_email_lower on users (lower(email));

-- Above the highest id, as after rows that were rolled back.
select setval(pg_get_serial_sequence('users', 'id'), max(id) + 3) from users;

comment on table users is 'People who can sign in';
comment on column users.company is 'As it stands in the contract; none for people on their own';
comment on column users.password_hash is 'None until the invitation was accepted';
