-- What Postgres 18 brought: computed when read, not null for new rows only, rules that are not enforced, keys over periods.
-- once
create extension btree_gist;
-- each: one, two
create table items (
  id integer primary key,
  price integer,
  double integer generated always as (price * 2) virtual,
  e text,
  constraint wish check (price > 100) not enforced
);
insert into items (id, price) values (1, 5), (2, null);
alter table items add constraint e_is_given not null e not valid;
create table rooms (id integer, during daterange, primary key (id, during without overlaps));
create table stays (
  id integer primary key, room integer, during daterange,
  foreign key (room, period during) references rooms (id, period during)
);
insert into rooms values (1, '[2020-01-01,2020-02-01)'), (1, '[2020-02-01,2020-03-01)');
insert into stays values (1, 1, '[2020-01-15,2020-02-15)');
create table loose (id integer primary key, item integer references items not enforced);
insert into loose values (1, 1), (2, 4711);
