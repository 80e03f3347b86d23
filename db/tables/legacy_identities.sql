-- Which user a row of the old system's user table became. The old table itself stays as it was.
create table if not exists :CORE_SCHEMA.legacy_identities (
  organization_id uuid not null default app_hidden.current_organization_id()
    references :CORE_SCHEMA.organizations (id),
  legacy_id text not null,
  user_id uuid not null references :USERS_SCHEMA.users (id),
  primary key (organization_id, legacy_id)
);
alter table :CORE_SCHEMA.legacy_identities owner to :OWNER;

create index if not exists legacy_identities_user_id_idx on :CORE_SCHEMA.legacy_identities (user_id);

comment on table :CORE_SCHEMA.legacy_identities is
  E'@behavior -*\nLinks the old system''s user ids to users; read by policies, not by the API.';
