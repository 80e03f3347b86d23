-- Rows that agree in the natural key and differ otherwise, rows that would break a unique constraint once they are in one
-- table, and a tenant in which the natural key is none.
-- each: one, two, three
create table colors (id int primary key, code text not null, name text, shade int, unique (name));
create table paints (id int primary key, color_id int references colors);
insert into colors values (1, 'r', 'red', 1), (2, 'g', 'green', 2);
-- each: two
update colors set shade = 9 where id = 1;
-- each: three
insert into colors values (3, 'r', null, null);
-- each: two
insert into colors values (4, 'x', 'blue', null);
-- each: one
insert into colors values (4, 'y', 'blue', null);
