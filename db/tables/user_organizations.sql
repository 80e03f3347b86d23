-- Who belongs to which organization, and as what. Read at every request: a membership that is switched off ends
-- access at the next one, whatever the token says.
create table if not exists :CORE_SCHEMA.user_organizations (
  organization_id uuid not null default app_hidden.current_organization_id()
    references :CORE_SCHEMA.organizations (id),
  user_id uuid not null references :USERS_SCHEMA.users (id),
  role text not null default 'member' check (role in ('owner', 'admin', 'member', 'viewer')),
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  primary key (organization_id, user_id)
);
alter table :CORE_SCHEMA.user_organizations owner to :OWNER;

create index if not exists user_organizations_user_id_idx on :CORE_SCHEMA.user_organizations (user_id);

comment on table :CORE_SCHEMA.user_organizations is
  E'@name membership\nA person''s place in the organization. A viewer reads; members, admins and owners write.';
comment on column :CORE_SCHEMA.user_organizations.role is 'owner, admin, member or viewer.';
