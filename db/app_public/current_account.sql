-- Who am I? (current_user is a key word of SQL, hence the other name in the database.)
create or replace function app_public.current_account() returns :USERS_SCHEMA.users
  language sql stable set search_path to pg_catalog, pg_temp
as $$
  select u.* from :USERS_SCHEMA.users u where u.id = (select app_hidden.current_user_id())
$$;
alter function app_public.current_account() owner to :OWNER;
comment on function app_public.current_account() is E'@name currentUser\nThe person you are signed in as.';
revoke all on function app_public.current_account() from public;
grant execute on function app_public.current_account() to :VISITOR;
