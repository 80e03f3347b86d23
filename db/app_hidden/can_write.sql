-- The doors that write ask this: everybody but a viewer.
create or replace function app_hidden.can_write() returns boolean
  language plpgsql stable parallel restricted set search_path to pg_catalog, pg_temp
as $$
begin
  return app_hidden.current_member_role() in ('owner', 'admin', 'member');
end
$$;
alter function app_hidden.can_write() owner to :OWNER;
comment on function app_hidden.can_write() is 'True for owners, admins and members. Call it as (select …()).';
revoke all on function app_hidden.can_write() from public;
grant execute on function app_hidden.can_write() to :VISITOR;
