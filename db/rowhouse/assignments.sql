-- How far the assignment of a table's rows has come; written by the transaction that moves them.
create table if not exists rowhouse.assignments (
  plan_id text not null references rowhouse.plans (id),
  table_name text not null,
  pass text not null check (pass in ('first', 'settle', 'follow', 'last')),
  -- The primary key of the last row that was looked at, as texts; null: none was.
  last_key jsonb,
  rows_seen bigint not null default 0,
  rows_moved bigint not null default 0,
  is_done boolean not null default false,
  updated_at timestamptz not null default clock_timestamp(),
  primary key (plan_id, table_name, pass)
);
alter table rowhouse.assignments owner to :OWNER;
comment on table rowhouse.assignments is 'Progress of rows that are given to their organizations.';
