-- A primary key and unique indexes over expressions that some tenants lack: asked of their rows, and only who has two alike,
-- or an empty key, stays.
-- each: a, b, c, d, e, fits, two, empty, folded, alone
create function plain(t text) returns text language sql immutable as $$ select lower(t) $$;
create table items (id integer, at integer, name text, "kind, of" text default 'x', primary key (id, at));
create unique index items_names on items (lower(name) text_pattern_ops, coalesce("kind, of", ' WHERE (') desc) where id > 0 and name <> ' WHERE ';
create unique index items_plain on items (plain(name), id);
create table settings (theme text);
create unique index settings_once on settings ((true)) include (theme);
insert into items values (1, 1, :tenant), (1, 2, 'One'), (0, 1, 'ONE'), (3, 1, null), (4, 1, null);
insert into settings values ('dark');
-- each: fits, two, empty, folded, alone
alter table items drop constraint items_pkey, alter column id drop not null, alter column at drop not null;
drop index items_names, items_plain, settings_once;
-- each: fits
alter table items drop column "kind, of";
-- each: two
insert into items values (3, 1, 'again');
-- each: empty
insert into items values (null, 1, 'nobody');
-- each: folded
insert into items values (9, 1, 'oNE');
-- each: alone
insert into settings values ('light');
-- each: g
create function plain(t text) returns text language sql immutable as $$ select lower(t) $$;
create table items (id integer, at integer, name text, "kind, of" text default 'x', primary key (id, at));
create unique index items_names on items (lower(name) text_pattern_ops, coalesce("kind, of", ' WHERE (') desc) where id > 0 and name <> ' WHERE ';
create unique index items_plain on items (plain(name), id);
create table settings (theme text);
create unique index settings_once on settings ((true)) include (theme);
