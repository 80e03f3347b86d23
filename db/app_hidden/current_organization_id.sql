-- The wall asks this function whose rows may be seen. It trusts no setting: whatever stands in app.* must carry a
-- seal made with a key that no tenant can read, be unexpired, and name an active member of an active organization.
-- Inside `(select …)` it runs once per query. Owned by the owner, because it reads keys and memberships.
create or replace function app_hidden.current_organization_id() returns uuid
  language plpgsql stable parallel restricted security definer set search_path to pg_catalog, pg_temp
as $$
declare
  claimed_user text := nullif(current_setting('app.user_id', true), '');
  claimed_organization text := nullif(current_setting('app.current_organization_id', true), '');
  claimed_expiry text := nullif(current_setting('app.context_expires', true), '');
  claimed_seal text := nullif(current_setting('app.context_seal', true), '');
  organization_is_active boolean;
  membership_is_active boolean;
begin
  if claimed_user is null or claimed_organization is null or claimed_expiry is null or claimed_seal is null then
    raise exception using errcode = 'RH001', message = 'no organization context',
      hint = 'Send a token (POST /auth/login), or in SQL call app_hidden.enter_context first.';
  end if;

  if not exists (
    select from app_private.context_keys k
    where claimed_seal = encode(sha256(k.outer_pad || sha256(k.inner_pad ||
      convert_to(claimed_user || '|' || claimed_organization || '|' || claimed_expiry, 'UTF8'))), 'hex')
  ) then
    raise exception using errcode = 'RH002', message = 'the context is not sealed by this database',
      hint = 'Only the server can seal a context; settings made by hand are refused.';
  end if;

  -- now() is the transaction's start: what began in time may finish.
  if to_timestamp(claimed_expiry::double precision) <= now() then
    raise exception using errcode = 'RH003', message = 'the context has expired', hint = 'Sign in again.';
  end if;

  select o.is_active, m.is_active and u.is_active into organization_is_active, membership_is_active
  from :CORE_SCHEMA.organizations o
  left join :CORE_SCHEMA.user_organizations m on m.organization_id = o.id and m.user_id = claimed_user::uuid
  left join :USERS_SCHEMA.users u on u.id = m.user_id
  where o.id = claimed_organization::uuid;

  if organization_is_active is not true then
    raise exception using errcode = 'RH005', message = 'the organization is inactive or does not exist',
      hint = 'Sign in to another organization, or ask the operator to activate this one.';
  end if;
  if membership_is_active is not true then
    raise exception using errcode = 'RH004', message = 'not an active member of the organization',
      hint = 'Ask an owner of the organization to activate the membership.';
  end if;
  return claimed_organization::uuid;
end
$$;
alter function app_hidden.current_organization_id() owner to :OWNER;
comment on function app_hidden.current_organization_id() is
  'The organization of a valid context; raises RH001 to RH005 otherwise. Call it as (select …()).';
revoke all on function app_hidden.current_organization_id() from public;
grant execute on function app_hidden.current_organization_id() to :VISITOR;
