-- The doors that change the organization itself ask this.
create or replace function app_hidden.can_administer() returns boolean
  language plpgsql stable parallel restricted set search_path to pg_catalog, pg_temp
as $$
begin
  return app_hidden.current_member_role() in ('owner', 'admin');
end
$$;
alter function app_hidden.can_administer() owner to :OWNER;
comment on function app_hidden.can_administer() is 'True for owners and admins. Call it as (select …()).';
revoke all on function app_hidden.can_administer() from public;
grant execute on function app_hidden.can_administer() to :VISITOR;
