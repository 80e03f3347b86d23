-- What every operator's function calls before it reads a row: is the acting user an operator, does he say why, and is
-- it written down. The entry is part of the caller's transaction. The API commits before it answers; whoever sends SQL
-- of his own could roll it back after reading, which is why operators work through the API.
create or replace function app_private.begin_operation(action text, reason text, organization_id uuid default null)
  returns void
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
declare
  actor uuid := app_hidden.current_user_id();
begin
  if not exists (select from app_private.operators o where o.user_id = actor) then
    raise exception using errcode = 'RH012', message = 'only operators may do this',
      hint = 'Operators are listed in app_private.operators; a role in an organization does not make one.';
  end if;
  if coalesce(btrim(reason), '') = '' then
    raise exception using errcode = 'RH013', message = 'an operator must say why',
      hint = 'Give a reason: it is written to the audit log.';
  end if;
  perform app_private.write_audit(action, actor, organization_id, jsonb_build_object('reason', btrim(reason)));
end
$$;
alter function app_private.begin_operation(text, text, uuid) owner to :OWNER;
comment on function app_private.begin_operation(text, text, uuid) is
  'Refuses whoever is no operator (RH012) or gives no reason (RH013), and writes the audit log.';
revoke all on function app_private.begin_operation(text, text, uuid) from public;
