-- Roles belong to the whole server, not to one database: run once, by a superuser or a login with CREATEROLE.
-- :MIGRATOR is the login that runs migrations and `rowhouse apply`; it alone may become the others.
-- No password is set here: the server's login gets its own outside of any file.
do $$
declare
  -- Since Postgres 16 whoever makes a role is a member of it, but may only grant it: to become it is another right.
  become text := case when current_setting('server_version_num')::integer < 160000 then 'member' else 'set' end;
begin
  if to_regrole(':OWNER') is null then create role :OWNER nologin; end if;
  if to_regrole(':VISITOR') is null then create role :VISITOR nologin; end if;
  if to_regrole(':DEFINER') is null then create role :DEFINER nologin; end if;
  if to_regrole(':AUDITOR') is null then create role :AUDITOR nologin; end if;
  if to_regrole(':BRIDGE') is null then create role :BRIDGE nologin; end if;
  if to_regrole(':AUTHENTICATOR') is null then create role :AUTHENTICATOR login noinherit; end if;

  -- Granting again is harmless but noisy, and needs the admin option that a mere member lacks.
  if not pg_has_role(':AUTHENTICATOR', ':VISITOR', 'member') then grant :VISITOR to :AUTHENTICATOR; end if;
  if not pg_has_role(':DEFINER', ':VISITOR', 'member') then grant :VISITOR to :DEFINER; end if;
  if not pg_has_role(':MIGRATOR', ':OWNER', become) then grant :OWNER to :MIGRATOR; end if;
  if not pg_has_role(':MIGRATOR', ':DEFINER', become) then grant :DEFINER to :MIGRATOR; end if;
  if not pg_has_role(':MIGRATOR', ':AUDITOR', become) then grant :AUDITOR to :MIGRATOR; end if;
  if not pg_has_role(':MIGRATOR', ':BRIDGE', become) then grant :BRIDGE to :MIGRATOR; end if;
end
$$;
