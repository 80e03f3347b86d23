-- What was begun and is not in the journal by itself: steps that no transaction can hold say that they start, and every
-- step that failed says why. The journal alone decides what is done.
create table if not exists rowhouse.attempts (
  id bigint generated always as identity primary key,
  plan_id text not null references rowhouse.plans (id),
  step text not null,
  phase text not null default 'fold',
  operation text not null,
  object text,
  status text not null check (status in ('started', 'failed')),
  details jsonb,
  created_at timestamptz not null default clock_timestamp()
);
alter table rowhouse.attempts owner to :OWNER;
comment on table rowhouse.attempts is 'Steps that were started outside a transaction, and steps that failed.';
