-- Exclusion: by gist and btree with the scope column in front; by hash, whose indexes have one column, not at all.
-- once
create extension btree_gist;
-- each: one, two, three
create table rooms (
  id integer primary key, room integer, during int4range, gone boolean default false,
  exclude using gist (room with =, during with &&) where (not gone) deferrable initially deferred,
  exclude using btree (during with =)
);
insert into rooms values (1, 1, '[1,5)'), (2, 1, '[5,9)');
-- each: three
create table hashed (id integer primary key, c integer, exclude using hash (c with =));
