-- Which id became which: for whoever holds an old one in a file, a URL or a mail, and for copying and comparing, which
-- both read through it. It stays when the old schemas are gone. Renumbered, an id is one organization's alone; merged,
-- several organizations' ids became one.
create table if not exists rowhouse.renumbered (
  table_name text not null,
  organization_id uuid not null,
  old_id bigint not null,
  new_id bigint not null,
  is_merged boolean not null default false,
  primary key (table_name, organization_id, old_id)
);
create unique index if not exists renumbered_new_id_idx on rowhouse.renumbered (table_name, new_id) where not is_merged;
create unique index if not exists renumbered_merged_id_idx on rowhouse.renumbered (table_name, new_id, organization_id)
  where is_merged;
alter table rowhouse.renumbered owner to :OWNER;
comment on table rowhouse.renumbered is 'Old ids and new ids of tables whose keys were renumbered or whose rows were merged; table_name is the old name.';
