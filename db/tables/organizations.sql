-- A tenant. Its id is the only isolation key; the slug is for display and routing.
create table if not exists :CORE_SCHEMA.organizations (
  id uuid primary key default gen_random_uuid(),
  name text not null check (name <> ''),
  slug text not null unique check (slug ~ '^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$'),
  email text,
  features jsonb not null default '{}' check (jsonb_typeof(features) = 'object'),
  settings jsonb not null default '{}' check (jsonb_typeof(settings) = 'object'),
  plan text not null default 'standard',
  is_active boolean not null default true,
  subscription_ends_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
alter table :CORE_SCHEMA.organizations owner to :OWNER;

comment on table :CORE_SCHEMA.organizations is 'A tenant: the company whose rows you see.';
comment on column :CORE_SCHEMA.organizations.slug is 'The short name in addresses, for example acme.';
comment on column :CORE_SCHEMA.organizations.features is 'What this organization may use: {"payroll": true}. Ask with has_feature.';
comment on column :CORE_SCHEMA.organizations.subscription_ends_at is 'When the subscription ends; null means that it does not.';
