-- The wall of the organizations themselves: the scope column is their id. Who may sign in sees its own; owners and
-- admins change what is about them, never what is sold to them (features, plan, is_active).
select app_private.build_wall(':CORE_SCHEMA.organizations', 'id');
select app_private.close_doors(':CORE_SCHEMA.organizations');

create policy select_member on :CORE_SCHEMA.organizations for select to :VISITOR using (true);

create policy update_administrator on :CORE_SCHEMA.organizations for update to :VISITOR
  using ((select app_hidden.can_administer()));

revoke all on :CORE_SCHEMA.organizations from public, :VISITOR;
grant select on :CORE_SCHEMA.organizations to :VISITOR;
grant update (name, email, settings) on :CORE_SCHEMA.organizations to :VISITOR;
