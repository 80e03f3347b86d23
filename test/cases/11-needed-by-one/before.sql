-- A function that a column or a type of one tenant needs, and the others have neither: it comes along.
-- each: one, two, three
create table items (id integer primary key, code text);
insert into items values (1, 'A');
-- each: two
create function is_code(text) returns boolean immutable language sql as $$ select $1 ~ '^[A-Z]' $$;
create domain code as text check (is_code(value));
alter table items add column checked code default 'B';
create function twice(i integer) returns integer immutable language sql as $$ select i * 2 $$;
alter table items add column doubled integer generated always as (twice(id)) stored;
