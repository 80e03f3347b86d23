-- Who may look across organizations, and only through the functions of app_public whose names begin with operator_:
-- each writes the audit log before it reads. Superusers of the old system get here only if the spec says so.
create table if not exists app_private.operators (
  user_id uuid primary key references :USERS_SCHEMA.users (id),
  created_at timestamptz not null default now()
);
alter table app_private.operators owner to :OWNER;
comment on table app_private.operators is 'Users who may look across organizations, through functions that write the audit log first.';
