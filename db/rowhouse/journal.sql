-- One row per step, written in the transaction that does the step: what is here happened, once; what is not did not.
create table if not exists rowhouse.journal (
  plan_id text not null references rowhouse.plans (id),
  step text not null,
  -- `fold`, or `phase_1` … `phase_5` of a database that is scoped in place.
  phase text not null default 'fold',
  operation text not null,
  organization_id uuid,
  object text,
  rows bigint,
  details jsonb,
  created_at timestamptz not null default clock_timestamp(),
  primary key (plan_id, step)
);
alter table rowhouse.journal owner to :OWNER;
comment on table rowhouse.journal is 'Steps that are done, each recorded by the transaction that did it.';
