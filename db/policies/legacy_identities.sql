-- Walled like the rest, with no door and no grant: policies read it through functions.
select app_private.build_wall(':CORE_SCHEMA.legacy_identities', 'organization_id');
select app_private.close_doors(':CORE_SCHEMA.legacy_identities');

revoke all on :CORE_SCHEMA.legacy_identities from public, :VISITOR;
