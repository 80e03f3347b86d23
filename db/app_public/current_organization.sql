-- Where am I? The wall leaves one row.
create or replace function app_public.current_organization() returns :CORE_SCHEMA.organizations
  language sql stable set search_path to pg_catalog, pg_temp
as $$
  select o.* from :CORE_SCHEMA.organizations o where o.id = (select app_hidden.current_organization_id())
$$;
alter function app_public.current_organization() owner to :OWNER;
comment on function app_public.current_organization() is 'The organization you are signed in to.';
revoke all on function app_public.current_organization() from public;
grant execute on function app_public.current_organization() to :VISITOR;
