-- The tables of a database that is scoped in place, from the moment they have a scope column: long before the wall, so
-- that validate_client_data_integrity() knows them. And the references between them, declared or not.
create table if not exists rowhouse.scoped_tables (
  schema_name text not null,
  table_name text not null,
  scope_column text not null,
  plan_id text not null references rowhouse.plans (id),
  primary key (schema_name, table_name)
);
alter table rowhouse.scoped_tables owner to :OWNER;
comment on table rowhouse.scoped_tables is 'Tables that carry a scope column, with or without a wall.';

create table if not exists rowhouse.scoped_references (
  from_table text not null,
  from_columns text[] not null,
  to_table text not null,
  to_columns text[] not null,
  plan_id text not null references rowhouse.plans (id),
  primary key (from_table, from_columns, to_table)
);
alter table rowhouse.scoped_references owner to :OWNER;
comment on table rowhouse.scoped_references is 'References that must stay inside one organization; names are qualified and quoted.';
