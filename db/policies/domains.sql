-- Members see the organization's host names; only operators change them, for they are unique in the world.
select app_private.build_wall(':CORE_SCHEMA.domains', 'organization_id');
select app_private.close_doors(':CORE_SCHEMA.domains');

create policy select_member on :CORE_SCHEMA.domains for select to :VISITOR using (true);

revoke all on :CORE_SCHEMA.domains from public, :VISITOR;
grant select on :CORE_SCHEMA.domains to :VISITOR;
