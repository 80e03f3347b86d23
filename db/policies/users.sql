-- Colleagues see each other; a person changes the own name, nothing else.
select app_private.build_wall(':USERS_SCHEMA.users', 'organization_id');
select app_private.close_doors(':USERS_SCHEMA.users');

create policy select_member on :USERS_SCHEMA.users for select to :VISITOR using (true);

create policy update_self on :USERS_SCHEMA.users for update to :VISITOR
  using (id = (select app_hidden.current_user_id()));

revoke all on :USERS_SCHEMA.users from public, :VISITOR;
grant select on :USERS_SCHEMA.users to :VISITOR;
grant update (name) on :USERS_SCHEMA.users to :VISITOR;
