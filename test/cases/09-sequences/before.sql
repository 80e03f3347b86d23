-- Numbers that were given out are not given out again, whatever a tenant's sequence is called and whoever owns it.
-- each: one, two
create sequence numbers;
create table items (id bigint primary key default nextval('numbers'), v text);
insert into items (v) values ('a');
-- each: three
create sequence other_name start 1000;
create table items (id bigint primary key default nextval('other_name'), v text);
insert into items (v) values ('a');
delete from items;
