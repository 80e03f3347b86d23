-- What was done, by whom, and why: written by functions, read by owners and admins, changed by nobody. It belongs to
-- the auditor, so that even the owner's functions can only add to it. No foreign keys: an entry outlives what it is
-- about, and must not keep a user or an organization from being removed.
create table if not exists :CORE_SCHEMA.audit_log (
  id uuid primary key default gen_random_uuid(),
  -- Null: about no organization in particular. The wall hides such an entry from every tenant.
  organization_id uuid,
  actor_id uuid,
  action text not null check (action <> ''),
  details jsonb not null default '{}' check (jsonb_typeof(details) = 'object'),
  created_at timestamptz not null default now()
);
alter table :CORE_SCHEMA.audit_log owner to :AUDITOR;

create index if not exists audit_log_organization_id_created_at_idx
  on :CORE_SCHEMA.audit_log (organization_id, created_at);

comment on table :CORE_SCHEMA.audit_log is
  E'@name audit_entry\nWhat was done in the organization by whom. Entries are added, never changed; owners and admins read them.';
comment on column :CORE_SCHEMA.audit_log.actor_id is 'The user who acted; an operator is a user of another organization.';
comment on column :CORE_SCHEMA.audit_log.action is 'What was done, for example operator_members.';
comment on column :CORE_SCHEMA.audit_log.details is 'What else is known, for example {"reason": "ticket 4711"}.';
