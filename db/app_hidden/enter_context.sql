-- The first statement of every tenant's transaction: says who acts, and is refused at once when that is not so.
-- Always called with bind parameters: as text the seal would stand in pg_stat_activity.
create or replace function app_hidden.enter_context(user_id text, organization_id text, expires text, seal text)
  returns uuid
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
begin
  perform set_config('app.user_id', coalesce(user_id, ''), true),
    set_config('app.current_organization_id', coalesce(organization_id, ''), true),
    set_config('app.context_expires', coalesce(expires, ''), true),
    set_config('app.context_seal', coalesce(seal, ''), true);
  return app_hidden.current_organization_id();
end
$$;
alter function app_hidden.enter_context(text, text, text, text) owner to :OWNER;
comment on function app_hidden.enter_context(text, text, text, text) is
  'Sets the context for this transaction and checks it; the seal is hex HMAC-SHA256 over user|organization|expires.';
revoke all on function app_hidden.enter_context(text, text, text, text) from public;
grant execute on function app_hidden.enter_context(text, text, text, text) to :VISITOR;
