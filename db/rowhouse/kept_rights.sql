-- Rights on a table as they were before a phase took them: what is taken back gives exactly these.
create table if not exists rowhouse.kept_rights (
  plan_id text not null references rowhouse.plans (id),
  phase text not null,
  table_name text not null,
  -- As `grant` writes them: `table public.users` or `sequence public.users_id_seq`, `public` or a role, ` (id, email)`.
  place text not null,
  grantee text not null,
  privilege text not null,
  columns text not null,
  grantable boolean not null,
  primary key (plan_id, phase, table_name, place, grantee, privilege, columns)
);
alter table rowhouse.kept_rights owner to :OWNER;
comment on table rowhouse.kept_rights is 'Rights on scoped tables as they were before a phase changed them.';
