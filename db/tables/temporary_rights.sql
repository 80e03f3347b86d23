-- What database.sql took and gave, so that uninstall.sql gives back exactly that and nothing that others granted.
create table if not exists app_private.temporary_rights (
  -- A login that was given the right, or 'public' (no role can be called that), from which it was taken.
  grantee name primary key
);
alter table app_private.temporary_rights owner to :OWNER;
comment on table app_private.temporary_rights is 'Who got the right to temporary tables when PUBLIC lost it.';
