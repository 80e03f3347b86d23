-- A person who signs in. The e-mail is unique in the home organization, not in the world: two tenants of the old
-- system could know the same address, and one must not learn from a conflict that the other does.
create table if not exists :USERS_SCHEMA.users (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null default app_hidden.current_organization_id()
    references :CORE_SCHEMA.organizations (id),
  email text check (email <> ''),
  name text not null default '',
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (organization_id, email),
  unique (organization_id, id)
);
alter table :USERS_SCHEMA.users owner to :OWNER;

-- Logins are looked up without regard to capitals.
create index if not exists users_lower_email_idx on :USERS_SCHEMA.users (lower(email));

comment on table :USERS_SCHEMA.users is 'A person who signs in.';
comment on column :USERS_SCHEMA.users.email is 'The address the person signs in with.';
