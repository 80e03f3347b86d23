-- How many rows of each kind a tenant gets (src/engine/sample/hr.ts); the other tables follow from these.

alter table sample.tenants
  add column employees bigint not null,
  add column users bigint not null,
  add column departments bigint not null,
  add column designations bigint not null,
  add column locations bigint not null,
  add column geofences bigint not null,
  add column shifts bigint not null,
  add column leave_types bigint not null,
  add column kpis bigint not null,
  add column postings bigint not null,
  add column candidates bigint not null,
  add column payroll_runs bigint not null,
  add column attendance_days bigint not null,
  add column leave_years bigint not null;
