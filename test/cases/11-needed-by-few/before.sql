-- A column, and a type, of one tenant each need a function that cannot be carried over: these stay, the others go on.
-- each: one, two, three, four, five
create table items (id integer primary key, code text);
insert into items values (1, 'A');
-- each: two
create function seen() returns bigint stable language sql as $$ select count(*) from items $$;
alter table items add column known bigint default seen();
-- each: three
create function seen(text) returns boolean stable language sql as $$ select count(*) > 0 from items $$;
create domain code as text check (seen(value));
alter table items add column checked code;
