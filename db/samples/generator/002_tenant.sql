-- The tenant being made: `set_config('sample.tenant', '2', true)` and every file of a system fills the second one.
-- After 001_sizes.sql: a view has the columns its table had when it was made.

create view sample.tenant as
  select * from sample.tenants where no = current_setting('sample.tenant')::integer;
