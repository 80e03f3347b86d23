-- The registry, with names of its own: one row per schema, and the host names that lead to it. Unlike HR's it has no
-- row for `public`.

create type public.company_plan as enum ('trial', 'starter', 'scale up', 'enterprise');

create table public.companies (
  id uuid primary key default gen_random_uuid(),
  schema_name text not null constraint companies_schema_name_key unique,
  name text not null,
  plan public.company_plan not null default 'trial',
  billing_email text null,
  seats integer null,
  settings jsonb not null default '{}',
  suspended_at timestamptz null,
  created_at timestamptz not null default now(),
  constraint companies_schema_name_form check (schema_name <> '' and schema_name !~ '^pg_')
);

create table public.company_domains (
  id uuid primary key default gen_random_uuid(),
  domain text not null,
  is_primary boolean not null default false,
  company_id uuid not null references public.companies (id) on delete cascade
);
create unique index company_domains_domain_key on public.company_domains (lower(domain));
create unique index company_domains_one_primary on public.company_domains (company_id) where is_primary;

-- Schemas follow company by company, each with its row in one transaction (100_register.sql).
comment on table public.companies is 'rowhouse sample: finance (unfinished)';
