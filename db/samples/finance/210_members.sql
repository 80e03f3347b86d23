-- People who can sign in. Member 1 is the owner; member 2 is an accountant who works for every tenant: the same e-mail
-- everywhere, in capitals here and there, with another password; member 4 was invited and never chose one.

create table members (
  id uuid not null default gen_random_uuid(),
  email text not null,
  password_hash text null,
  name text not null,
  roles member_role[] not null default '{viewer}',
  is_owner boolean not null default false,
  is_admin boolean not null default false,
  is_active boolean not null default true,
  phone text null,
  preferences jsonb not null default '{}',
  invited_by_id uuid null,
  last_sign_in_at timestamptz null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

insert into members (
  id, email, password_hash, name, roles, is_owner, is_admin, is_active, phone, preferences, invited_by_id, last_sign_in_at,
  created_at, updated_at
)
select
  sample.uuid(t.chance_key, n, 'members', t.no),
  case
    when n = 1 then 'owner.' || t.canary || '1@' || t.schema_name || '.example'
    when n = 2 and t.no % 2 = 0 then 'Accountant@Office.cnry-many.example'
    when n = 2 then 'accountant@office.cnry-many.example'
    when n % 5 = 0 then 'Member.' || t.canary || n || '@' || t.schema_name || '.example'
    else 'member.' || t.canary || n || '@' || t.schema_name || '.example'
  end,
  case when n <> 4 then t.password end,
  sample.first_name(sample.roll(t.chance_key, n, 'first', 20)) || ' ' || t.canary || n || ' '
    || sample.last_name(sample.roll(t.chance_key, n, 'last', 20)),
  case
    when n = 1 then '{owner,admin}'
    when n = 2 then '{bookkeeper,admin}'
    when n % 3 = 0 then '{}'
    when n % 3 = 1 then '{viewer,bookkeeper}'
    else '{viewer}'
  end::member_role[],
  n = 1,
  n <= 2,
  n <= 4 or n % 11 <> 5,
  case n % 3 when 0 then null when 1 then '+49 30 ' || t.canary || n else '' end,
  case n % 3
    when 0 then '{}'
    when 1 then jsonb_build_object('theme', t.canary || 'dark', 'größe', t.base + 1.500)
    else jsonb_build_object('pinned', jsonb_build_array(sample.uuid(t.chance_key, 1 + n % t.customers, 'customers', t.no), null))
  end,
  case when n > 1 then sample.uuid(t.chance_key, greatest(1, n / 3), 'members', t.no) end,
  case when n <> 4 and n % 7 <> 3 then sample.moment(t.chance_key, n, 'sign in', t.no) end,
  sample.moment(t.chance_key, n, 'member', t.no),
  sample.moment(t.chance_key, n, 'member', t.no) + n % 1000 * interval '1 minute'
from sample.tenant as t, generate_series(1, t.members) as n;

alter table members
  add constraint members_pkey primary key (id),
  add constraint members_owner_is_active check (not is_owner or is_active),
  add constraint members_invited_by_id_fkey
    foreign key (invited_by_id) references members (id) on delete set null;
create unique index members_email_key on members (lower(email));
create unique index members_one_owner on members (is_owner) where is_owner;
create index members_roles_idx on members using gin (roles);
create index members_invited_by_id_idx on members (invited_by_id);

create trigger members_touch before update on members for each row execute function touch_updated_at();

comment on table members is 'People who can sign in';
comment on column members.password_hash is 'None until the invitation was accepted';
comment on column members.roles is 'What the person may do; the flags came first and still count';
