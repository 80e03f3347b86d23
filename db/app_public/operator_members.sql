-- Who can sign in to one organization, for operators. It reads past the wall, so the audit log is written first: the
-- entry carries the organization, and its owners see who looked and why.
create or replace function app_public.operator_members(organization_id uuid, reason text)
  returns setof :CORE_SCHEMA.users
  language plpgsql volatile security definer set search_path to pg_catalog, pg_temp
as $$
begin
  perform app_private.begin_operation('operator_members', reason, operator_members.organization_id);
  return query
    select u.* from :CORE_SCHEMA.users u
    join :CORE_SCHEMA.user_organizations m on m.user_id = u.id and m.is_active
    where m.organization_id = operator_members.organization_id and u.is_active
    order by u.email, u.id;
end
$$;
alter function app_public.operator_members(uuid, text) owner to :OWNER;
comment on function app_public.operator_members(uuid, text) is
  'Who can sign in to an organization, for operators. The reason is written to the organization''s audit log first.';
revoke all on function app_public.operator_members(uuid, text) from public;
grant execute on function app_public.operator_members(uuid, text) to :VISITOR;
