-- The tenancy core, in load order. Runs any number of times; the second run changes nothing.
-- roles.sql is not here: roles belong to the server and are made once (see README.md).
--!include schemas.sql

-- The scope column's default is the context, so this function comes before the tables.
--!include app_hidden/current_organization_id.sql

--!include tables/organizations.sql
--!include tables/users.sql
--!include tables/user_organizations.sql
--!include tables/domains.sql
--!include tables/legacy_identities.sql
--!include tables/user_secrets.sql
--!include tables/operators.sql
--!include tables/audit_log.sql
--!include tables/context_keys.sql
--!include tables/protected_tables.sql
--!include tables/shared_tables.sql
--!include tables/temporary_rights.sql
--!include database.sql

--!include app_hidden/current_user_id.sql
--!include app_hidden/current_member_role.sql
--!include app_hidden/current_legacy_id.sql
--!include app_hidden/can_write.sql
--!include app_hidden/can_administer.sql
--!include app_hidden/enter_context.sql

--!include app_private/add_context_key.sql
--!include app_private/context_key.sql
--!include app_private/stable_uuid.sql
--!include app_private/find_login.sql
--!include app_private/write_audit.sql
--!include app_private/begin_operation.sql
--!include app_private/grant_to_visitor.sql
--!include app_private/has_wall.sql
--!include app_private/build_wall.sql
--!include app_private/close_doors.sql
--!include app_private/protect.sql
--!include app_private/share.sql

--!include app_public/get_user_organization_id.sql
--!include app_public/validate_client_access.sql
--!include app_public/organizations_is_subscription_active.sql
--!include app_public/organizations_has_feature.sql
--!include app_public/current_organization.sql
--!include app_public/current_account.sql
--!include app_public/operator_organizations.sql
--!include app_public/operator_members.sql

--!include triggers/tg__touch.sql
--!include triggers/tg_audit_log__append_only.sql

--!include policies/organizations.sql
--!include policies/users.sql
--!include policies/user_organizations.sql
--!include policies/domains.sql
--!include policies/legacy_identities.sql
--!include policies/audit_log.sql

--!include rowhouse/plans.sql
--!include rowhouse/journal.sql
--!include rowhouse/verifications.sql
--!include rowhouse/baselines.sql
--!include rowhouse/measure.sql
--!include rowhouse/renumbered.sql
--!include rowhouse/unmapped.sql
--!include rowhouse/migration_log.sql

--!include checks/0001_wall_missing.sql
--!include checks/0002_readable_without_wall.sql
--!include checks/0003_scope_column_writable.sql
--!include checks/0004_secret_column_readable.sql
--!include checks/0005_definer_reachable.sql
--!include checks/0006_definer_search_path.sql
--!include checks/0007_role_too_strong.sql
--!include checks/0008_temporary_tables.sql
--!include checks/0009_grants_stale.sql
--!include checks/0010_wrong_owner.sql
--!include checks/0011_key_without_scope.sql
--!include checks/0012_doors_missing.sql
--!include checks/0013_role_settings.sql
--!include checks/0014_may_create.sql
--!include checks/0015_open_to_everybody.sql
--!include checks/0016_rule.sql
--!include checks/0017_audit_log_changeable.sql
--!include checks/0018_shared_table_changed.sql
--!include checks/isolation_faults.sql
