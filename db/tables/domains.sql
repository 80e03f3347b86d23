-- Host names that lead to an organization; unique in the world, as names on the internet are.
create table if not exists :CORE_SCHEMA.domains (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null default app_hidden.current_organization_id()
    references :CORE_SCHEMA.organizations (id),
  domain text not null unique check (domain <> ''),
  is_primary boolean not null default false,
  is_active boolean not null default true
);
alter table :CORE_SCHEMA.domains owner to :OWNER;

create index if not exists domains_organization_id_idx on :CORE_SCHEMA.domains (organization_id);

comment on table :CORE_SCHEMA.domains is 'A host name that leads to the organization.';
