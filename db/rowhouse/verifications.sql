-- What verify found, per organization, so that status can say it from data.
create table if not exists rowhouse.verifications (
  plan_id text not null references rowhouse.plans (id),
  organization_id uuid not null,
  rows bigint not null,
  mismatches bigint not null,
  verified_at timestamptz not null default clock_timestamp(),
  primary key (plan_id, organization_id)
);
alter table rowhouse.verifications owner to :OWNER;
comment on table rowhouse.verifications is 'The last verification of each organization.';
