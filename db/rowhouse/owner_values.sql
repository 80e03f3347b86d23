-- By which texts a rule finds an organization: its slug, its name, and what the spec gives it beside them.
create table if not exists rowhouse.owner_values (
  value text primary key,
  organization_id uuid not null references :CORE_SCHEMA.organizations (id)
);
alter table rowhouse.owner_values owner to :OWNER;
comment on table rowhouse.owner_values is 'Texts in old columns that name an organization.';
