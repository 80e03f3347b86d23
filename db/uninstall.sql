-- Takes the tenancy core out again, object by object: whatever somebody else put into these schemas makes the drop
-- of the schema fail, and with it everything here. Used by `rowhouse cancel` for a core that the plan installed.
-- Roles stay: they belong to the server, and other databases may use them.
do $$
declare
  given name;
begin
  if to_regclass('app_private.temporary_rights') is null
    or not pg_has_role((select datdba from pg_database where datname = current_database()), 'usage') then
    return;
  end if;
  for given in select t.grantee from app_private.temporary_rights t order by t.grantee loop
    if given = 'public' then
      execute format('grant temporary on database %I to public', current_database());
    elsif to_regrole(quote_ident(given)) is not null then
      execute format('revoke temporary on database %I from %I', current_database(), given);
    end if;
  end loop;
end
$$;

drop view if exists app_private.isolation_faults;
drop view if exists app_private.check_0001_wall_missing;
drop view if exists app_private.check_0002_readable_without_wall;
drop view if exists app_private.check_0003_scope_column_writable;
drop view if exists app_private.check_0004_secret_column_readable;
drop view if exists app_private.check_0005_definer_reachable;
drop view if exists app_private.check_0006_definer_search_path;
drop view if exists app_private.check_0007_role_too_strong;
drop view if exists app_private.check_0008_temporary_tables;
drop view if exists app_private.check_0009_grants_stale;
drop view if exists app_private.check_0010_wrong_owner;
drop view if exists app_private.check_0011_key_without_scope;
drop view if exists app_private.check_0012_doors_missing;
drop view if exists app_private.check_0013_role_settings;
drop view if exists app_private.check_0014_may_create;
drop view if exists app_private.check_0015_open_to_everybody;
drop view if exists app_private.check_0016_rule;
drop view if exists app_private.check_0017_audit_log_changeable;
drop view if exists app_private.check_0018_shared_table_changed;

drop function if exists :CORE_SCHEMA.validate_client_data_integrity();
drop function if exists rowhouse.reference_faults();
drop function if exists rowhouse.scoped_relations();
drop procedure if exists rowhouse.assign_rows(text, text, text, text, text);
drop function if exists rowhouse.take_rights(regclass);
drop function if exists rowhouse.keep_sight(regclass, text[]);
drop function if exists rowhouse.restore_rights(text, text, regclass);
drop function if exists rowhouse.keep_rights(text, text, regclass);
drop function if exists rowhouse.rights_of(regclass);
drop table if exists rowhouse.kept_rights;
drop table if exists rowhouse.activity;
drop table if exists rowhouse.assignments;
drop table if exists rowhouse.owner_values;
drop table if exists rowhouse.scoped_references;
drop table if exists rowhouse.scoped_tables;
drop view if exists :CORE_SCHEMA.migration_log;
drop table if exists rowhouse.attempts;
drop function if exists rowhouse.measure(text, text, name);
drop function if exists rowhouse.drop_quarantines(text);
drop function if exists rowhouse.validate_foreign_key(text, regclass, name);
drop function if exists rowhouse.quarantine_of(text, regclass);
drop function if exists rowhouse.reference_text(oid);
drop table if exists rowhouse.strays;
drop table if exists rowhouse.quarantines;
drop function if exists rowhouse.unmapped(text, text);
drop table if exists rowhouse.renumbered;
drop table if exists rowhouse.baselines;
drop table if exists rowhouse.verifications;
drop table if exists rowhouse.journal;
drop table if exists rowhouse.plans;

drop function if exists app_public.organizations_has_feature(:CORE_SCHEMA.organizations, text);
drop function if exists app_public.organizations_is_subscription_active(:CORE_SCHEMA.organizations);
drop function if exists app_public.operator_organizations(text);
drop function if exists app_public.operator_members(text, text);
drop function if exists app_public.current_organization();
drop function if exists app_public.current_account();
drop function if exists app_public.get_user_organization_id(uuid);
drop function if exists app_public.validate_client_access(uuid, uuid);

drop function if exists app_private.protect(regclass, text[], text, text[]);
drop function if exists app_private.share(regclass, text[]);
drop function if exists app_private.close_doors(regclass);
drop function if exists app_private.build_wall(regclass, text);
drop function if exists app_private.has_wall(regclass, text);
drop function if exists app_private.grant_to_visitor(regclass, text, text[]);
drop function if exists app_private.find_login(text, text);
drop function if exists app_private.begin_operation(text, text, uuid);
drop function if exists app_private.write_audit(text, uuid, uuid, jsonb);
drop function if exists app_private.stable_uuid(uuid, text);
drop function if exists app_private.context_key();
drop function if exists app_private.add_context_key();

-- Policies go with their tables; what they call goes after.
drop table if exists app_private.temporary_rights;
drop table if exists app_private.protected_tables;
drop table if exists app_private.shared_tables;
drop table if exists app_private.context_keys;
drop table if exists app_private.user_secrets;
drop table if exists app_private.operators;
drop table if exists :CORE_SCHEMA.audit_log;
drop table if exists :CORE_SCHEMA.legacy_identities;
drop table if exists :CORE_SCHEMA.domains;
drop table if exists :CORE_SCHEMA.user_organizations;
drop table if exists :USERS_SCHEMA.users;
drop table if exists :CORE_SCHEMA.organizations;

drop function if exists app_private.tg__touch();
drop function if exists app_private.tg_audit_log__append_only();
drop function if exists app_hidden.organization_of_new_row(uuid);
drop function if exists app_hidden.enter_context(text, text, text, text);
drop function if exists app_hidden.can_administer();
drop function if exists app_hidden.can_write();
drop function if exists app_hidden.current_legacy_id();
drop function if exists app_hidden.current_member_role();
drop function if exists app_hidden.current_user_id();
drop function if exists app_hidden.current_organization_id();

drop table if exists graphile_migrate.current;
drop table if exists graphile_migrate.migrations;
drop schema if exists graphile_migrate;
drop schema if exists rowhouse;
drop schema if exists app_private;
drop schema if exists app_hidden;
drop schema if exists app_public;
do $$
begin
  if obj_description(to_regnamespace(':CORE_SCHEMA'), 'pg_namespace') = 'Organizations, users and memberships.' then
    drop schema :CORE_SCHEMA;
  elsif to_regnamespace(':CORE_SCHEMA') is not null then
    revoke usage on schema :CORE_SCHEMA from :VISITOR;
    revoke usage, create on schema :CORE_SCHEMA from :OWNER, :AUDITOR;
  end if;
end
$$;

alter default privileges for role :OWNER grant execute on functions to public;
alter default privileges for role :DEFINER grant execute on functions to public;
alter default privileges for role :AUDITOR grant execute on functions to public;
