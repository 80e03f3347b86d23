-- How many rows of each kind a company gets (src/engine/sample/sellout.ts); the other tables follow from these. One
-- more row than there are companies: what belongs to none is a tenant here too, with a canary of its own.

alter table sample.tenants
  add column is_company boolean not null,
  add column users bigint not null,
  add column products bigint not null,
  add column uploads bigint not null,
  add column entries bigint not null,
  -- Per upload.
  add column processing_logs bigint not null,
  add column transform_logs bigint not null,
  -- Entries whose upload is somebody else's.
  add column corrupted bigint not null;
