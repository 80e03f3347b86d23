-- Who can sign in to one organization, for operators. It reads past the wall, so the audit log is written first: the
-- entry carries the organization, and its owners see who looked and why.
create or replace function app_public.operator_members(slug text, reason text) returns setof :USERS_SCHEMA.users
  language plpgsql volatile security definer set search_path to pg_catalog, pg_temp
as $$
declare
  looked_into uuid := (select o.id from :CORE_SCHEMA.organizations o where o.slug = operator_members.slug);
begin
  perform app_private.begin_operation('operator_members', reason, looked_into);
  if looked_into is null then
    raise exception using errcode = 'RH005', message = format('there is no organization %L', slug),
      hint = 'Operators list them: operator_organizations.';
  end if;
  return query
    select u.* from :USERS_SCHEMA.users u
    join :CORE_SCHEMA.user_organizations m on m.user_id = u.id and m.is_active
    where m.organization_id = looked_into and u.is_active
    order by u.email, u.id;
end
$$;
alter function app_public.operator_members(text, text) owner to :OWNER;
comment on function app_public.operator_members(text, text) is
  'Who can sign in to an organization, for operators. The reason is written to the organization''s audit log first.';
revoke all on function app_public.operator_members(text, text) from public;
grant execute on function app_public.operator_members(text, text) to :VISITOR;
