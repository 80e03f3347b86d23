-- Rows that lead nowhere can stand in no table that a checked foreign key leads from: they stand beside it, with the rows
-- that refer to them, column for column, in a schema that no tenant reaches. Nothing is dropped, nothing pointed elsewhere.
create table if not exists rowhouse.quarantines (
  plan_id text not null references rowhouse.plans (id),
  table_name text not null,
  schema_name name not null,
  name name not null,
  -- Says by which foreign key a row came; the table may have a column of the usual name.
  reason_column name not null,
  primary key (plan_id, table_name),
  unique (schema_name, name)
);
alter table rowhouse.quarantines owner to :OWNER;
comment on table rowhouse.quarantines is 'Tables that hold rows whose foreign key leads nowhere, and which table each is of.';

-- The rows on their way there. Empty for everybody but the transaction that moves them.
create table if not exists rowhouse.strays (
  relation regclass not null,
  place tid not null,
  foreign_key name not null,
  turn integer not null,
  primary key (relation, place)
);
-- A chain of rows, each referring to the one before, has as many turns as rows.
create index if not exists strays_turn_relation_idx on rowhouse.strays (turn, relation);
alter table rowhouse.strays owner to :OWNER;
comment on table rowhouse.strays is 'Rows on their way to a quarantine; empty but for the transaction that moves them.';
