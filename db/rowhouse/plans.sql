-- What was decided, kept whole: a restart continues the plan as it was made, whatever the files say by then.
create table if not exists rowhouse.plans (
  id text primary key,
  kind text not null check (kind in ('schemas', 'single')),
  -- json, not jsonb: a plan is kept byte for byte.
  plan json not null,
  fingerprint text not null,
  backup text,
  started_at timestamptz not null default clock_timestamp(),
  applied_at timestamptz,
  served_at timestamptz,
  -- Set by the first step back: from then on only cancel goes on.
  cancelling_at timestamptz,
  cancelled_at timestamptz
);
alter table rowhouse.plans owner to :OWNER;
comment on table rowhouse.plans is 'Plans that apply began, with the backup reference that was given.';
