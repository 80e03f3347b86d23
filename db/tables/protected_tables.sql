-- What protect() and build_wall() were told about a table, so that checks can hold the database against it.
create table if not exists app_private.protected_tables (
  schema_name text not null,
  table_name text not null,
  scope_column text not null,
  secret_columns text[] not null default '{}',
  -- Indexes that are unique over all organizations because somebody decided so: a conflict in one tells of another's row.
  global_keys text[] not null default '{}',
  -- The core tables: what the visitor may do with them is written out in policies/*.sql, column by column.
  grants_by_hand boolean not null default false,
  primary key (schema_name, table_name)
);
alter table app_private.protected_tables owner to :OWNER;
comment on table app_private.protected_tables is 'The tables that stand behind a wall, with scope column and secret columns.';
