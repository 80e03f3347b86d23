-- What stands in the way of new ids: no room, old ids in rules, references that nobody decided, uuids that several have.
-- each: one, two
create table kinds (id smallint primary key);
create table things (id bigint generated always as identity primary key, kind_id smallint default 1 references kinds,
  code text generated always as ('T-' || kind_id) stored, parent_id bigint, check (kind_id <> 7));
create index on things (parent_id) where kind_id = 3;
create table files (id uuid primary key, owner_type text, owner_id bigint, thing_ids bigint[], data jsonb, kind_id int);
insert into kinds select generate_series(1, 20000);
insert into files values (md5('same')::uuid, null, null, null, '{"thing_id": 1}');
insert into files values (md5(:tenant)::uuid);
insert into things (kind_id, parent_id) values (1, 99);
alter table things add constraint orphaned foreign key (parent_id) references things not valid;
