-- Colleagues see each other; a person changes the own name, nothing else.
select app_private.build_wall(':CORE_SCHEMA.users', 'organization_id');
select app_private.close_doors(':CORE_SCHEMA.users');

create policy select_member on :CORE_SCHEMA.users for select to :VISITOR using (true);

create policy update_self on :CORE_SCHEMA.users for update to :VISITOR
  using (id = (select app_hidden.current_user_id()));

revoke all on :CORE_SCHEMA.users from public, :VISITOR;
grant select on :CORE_SCHEMA.users to :VISITOR;
grant update (name) on :CORE_SCHEMA.users to :VISITOR;
