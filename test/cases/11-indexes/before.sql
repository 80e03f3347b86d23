-- Indexes that use code which stays: one that makes nothing but speed is left out, and listed; a unique one is a rule, and
-- its table stays.
-- each: one, two, three
create function weight_of(t text) returns integer language sql immutable as $$ select length(t) * current_setting('server_version_num')::integer $$;
create function sounds(t text) returns text language sql immutable as $$ select md5(t) $$;
create table artists (id integer primary key, name text not null, other text[]);
create index artists_weights on artists (weight_of(name));
create index artists_heavy on artists (name) where weight_of(name) > 3;
create index artists_sounds on artists (sounds(name));
create index artists_names on artists (lower(name));
insert into artists values (1, :tenant, array[:tenant]);
-- each: three
-- Another function there: what needs it are indexes alone, so nobody stays for that.
drop index artists_sounds;
create or replace function sounds(t text) returns text language sql immutable as $$ select lower(t) $$;
create index artists_sounds_like on artists (sounds(name));
-- each: one, two, three
create table labels (id integer primary key, name text not null);
create unique index labels_weights on labels (weight_of(name));
