-- The company's row in the registry and its host names.

insert into public.companies (id, schema_name, name, plan, billing_email, seats, settings, suspended_at, created_at)
select
  sample.uuid(t.chance_key, t.no, 'companies', t.no),
  t.schema_name,
  t.name || ' ' || t.canary,
  (array['trial', 'starter', 'scale up', 'enterprise'])[1 + t.no % 4]::public.company_plan,
  case when t.no % 4 <> 3 then 'billing.' || t.canary || '@' || t.schema_name || '.example' end,
  case when t.no % 3 <> 2 then t.base + t.members end,
  jsonb_build_object('brand', t.canary || '"bold"', 'logo', null),
  case when t.no % 7 = 6 then sample.moment(t.chance_key, 0, 'suspended', t.no) end,
  sample.moment(t.chance_key, 0, 'company', t.no)
from sample.tenant as t;

insert into public.company_domains (id, domain, is_primary, company_id)
select
  sample.uuid(t.chance_key, d.n, 'company_domains', t.no),
  d.domain,
  d.n = 1,
  sample.uuid(t.chance_key, t.no, 'companies', t.no)
from sample.tenant as t
cross join lateral (values
  (1, t.schema_name || '.books.localhost'),
  (2, t.schema_name || '.' || t.canary || 'finance.example')
) as d (n, domain);
