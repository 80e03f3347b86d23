-- A table that is in public too; the third tenant lacks it, and so reads public's. The spec says: its rows are a copy.
-- once
create table public.rates (id integer primary key, rate numeric);
insert into public.rates values (1, 0.19), (2, 0.07);
-- each: one, two, three
create table bills (id integer primary key, rate_id integer);
insert into bills values (1, 1);
-- each: one, two
create table rates (id integer primary key, rate numeric);
insert into rates values (1, 0.2);
