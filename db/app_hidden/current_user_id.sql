-- Who acts. The settings are only believed once current_organization_id() has checked their seal.
create or replace function app_hidden.current_user_id() returns uuid
  language sql stable parallel restricted set search_path to pg_catalog, pg_temp
as $$
  select case when app_hidden.current_organization_id() is not null
    then nullif(current_setting('app.user_id', true), '')::uuid end
$$;
alter function app_hidden.current_user_id() owner to :OWNER;
comment on function app_hidden.current_user_id() is 'The user of a valid context; raises as current_organization_id does.';
revoke all on function app_hidden.current_user_id() from public;
grant execute on function app_hidden.current_user_id() to :VISITOR;
