-- What share() was told: tables whose rows are everybody's, so that checks can hold the database against it.
create table if not exists app_private.shared_tables (
  schema_name text not null,
  table_name text not null,
  secret_columns text[] not null default '{}',
  primary key (schema_name, table_name)
);
alter table app_private.shared_tables owner to :OWNER;
comment on table app_private.shared_tables is 'Tables without a scope column that every organization reads and none writes.';
