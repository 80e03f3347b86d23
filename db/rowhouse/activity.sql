-- How many statements each role of the old application had sent when we looked (pg_stat_statements says no times): a
-- count that is the same an hour later is an application that has gone.
create table if not exists rowhouse.activity (
  plan_id text not null references rowhouse.plans (id),
  role_name text not null,
  calls bigint not null,
  seen_at timestamptz not null default clock_timestamp(),
  primary key (plan_id, role_name, seen_at)
);
alter table rowhouse.activity owner to :OWNER;
comment on table rowhouse.activity is 'Statements of the old application''s roles, counted now and then.';
