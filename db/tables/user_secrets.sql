-- Password hashes, away from everything that a tenant's role can name. They are the old system's own hashes
-- (Django: algorithm$iterations$salt$hash), so that nobody has to choose a new password.
-- One per organization: whoever could write an address into one tenant's user table must not sign in to another with it.
create table if not exists app_private.user_secrets (
  organization_id uuid not null references :CORE_SCHEMA.organizations (id),
  user_id uuid not null references :USERS_SCHEMA.users (id),
  password_hash text not null,
  updated_at timestamptz not null default now(),
  primary key (organization_id, user_id)
);
alter table app_private.user_secrets owner to :OWNER;
comment on table app_private.user_secrets is 'Password hashes. Owner only.';
