-- Makes a table's rights those that keep_rights() noted: what came since goes, what was taken comes back.
create or replace function rowhouse.restore_rights(plan text, phase text, target regclass) returns void
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
declare
  one record;
begin
  -- Twice: what is revoked on the table goes on its columns too, and from those whom it was passed on to.
  for one in
    select r.* from rowhouse.rights_of(target) r
    except select k.place, k.grantee, k.privilege, k.columns, k.grantable from rowhouse.kept_rights k
      where k.plan_id = restore_rights.plan and k.phase = restore_rights.phase and k.table_name = target::text
  loop
    execute format('revoke %s%s on %s from %s cascade', one.privilege, one.columns, one.place, one.grantee);
  end loop;
  for one in
    select k.place, k.grantee, k.privilege, k.columns, k.grantable from rowhouse.kept_rights k
      where k.plan_id = restore_rights.plan and k.phase = restore_rights.phase and k.table_name = target::text
        -- A role may have been dropped meanwhile.
        and (k.grantee = 'public' or to_regrole(k.grantee) is not null)
    except select r.* from rowhouse.rights_of(target) r
  loop
    execute format('grant %s%s on %s to %s%s', one.privilege, one.columns, one.place, one.grantee,
      case when one.grantable then ' with grant option' else '' end);
  end loop;
  delete from rowhouse.kept_rights k
  where k.plan_id = restore_rights.plan and k.phase = restore_rights.phase and k.table_name = target::text;
end
$$;
alter function rowhouse.restore_rights(text, text, regclass) owner to :OWNER;
comment on function rowhouse.restore_rights(text, text, regclass) is 'Gives a table the rights that were noted, and no others. Owner only.';
revoke all on function rowhouse.restore_rights(text, text, regclass) from public;
