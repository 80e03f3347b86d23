-- What typical queries answered in the old schemas, and how fast: verify asks the new tables the same. The statement
-- is kept whole, so that a DBA can run it by hand.
create table if not exists rowhouse.baselines (
  plan_id text not null references rowhouse.plans (id),
  organization_id uuid not null,
  query text not null,
  statement text not null,
  constants text[] not null,
  answer text not null,
  milliseconds numeric not null,
  buffers bigint not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (plan_id, organization_id, query)
);
alter table rowhouse.baselines owner to :OWNER;
comment on table rowhouse.baselines is 'Answers and times of typical queries before the fold.';
