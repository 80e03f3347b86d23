-- A number of two sequences cannot be given one of its own.
-- each: one, two
create sequence a;
create sequence b;
create table items (id integer primary key, n bigint not null default nextval('a') + nextval('b'));
create table others (id integer primary key);
