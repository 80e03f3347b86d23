-- Colleagues see who is what. Owners and admins switch memberships on and off and change roles, but not their own
-- (nobody locks himself out or promotes himself), and only an owner touches or makes an owner.
-- There is no insert: naming a user id of another organization would tell whether it exists.
select app_private.build_wall(':CORE_SCHEMA.user_organizations', 'organization_id');
select app_private.close_doors(':CORE_SCHEMA.user_organizations');

create policy select_member on :CORE_SCHEMA.user_organizations for select to :VISITOR using (true);

create policy update_administrator on :CORE_SCHEMA.user_organizations for update to :VISITOR
  using (
    (select app_hidden.can_administer())
    and user_id <> (select app_hidden.current_user_id())
    and (role <> 'owner' or (select app_hidden.current_member_role()) = 'owner')
  )
  with check (role <> 'owner' or (select app_hidden.current_member_role()) = 'owner');

revoke all on :CORE_SCHEMA.user_organizations from public, :VISITOR;
grant select on :CORE_SCHEMA.user_organizations to :VISITOR;
grant update (role, is_active) on :CORE_SCHEMA.user_organizations to :VISITOR;
