-- The tenant's row in the registry and its host name. Schema and search_path are already set, as django-tenants does.

insert into public.tenants_tenant (schema_name, name, paid_until, on_trial, created_on)
select
  t.schema_name,
  t.name || ' ' || t.canary,
  case when t.no % 3 = 0 then null else date '2031-12-31' - t.no end,
  t.no % 3 = 0,
  date '2016-02-29' + t.no
from sample.tenant as t;

insert into public.tenants_domain (domain, is_primary, tenant_id)
select d.domain, d.is_primary, r.id
from sample.tenant as t
join public.tenants_tenant as r on r.schema_name = t.schema_name
cross join lateral (values
  (t.schema_name || '.localhost', true),
  (t.schema_name || '.' || t.canary || 'hr.example', false)
) as d (domain, is_primary);
