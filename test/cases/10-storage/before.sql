-- No primary key, partitions, unlogged, numbers of a sequence that nobody owns.
-- each: one, two
create sequence numbers start 100;
create table events (at date not null, id bigint not null default nextval('numbers'), body text, primary key (at, id)) partition by range (at);
create table events_2020 partition of events for values from ('2020-01-01') to ('2021-01-01');
create table events_rest partition of events default;
create table log (line text, n integer);
create unlogged table cache (id bigint primary key default nextval('numbers'), v text);
insert into events (at, body) values ('2020-05-05', :tenant), ('2022-01-01', null);
insert into log values ('same', 1), ('same', 1), (null, null);
insert into cache (v) values ('x');
