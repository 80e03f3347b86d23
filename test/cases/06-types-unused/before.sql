-- Types that no folded table uses: they differ, they use code, and keep nobody from being moved.
-- each: one, two, three
create type used as enum ('a');
create domain unused as text;
create table items (id integer primary key, kind used);
create table django_session (session_key text primary key, state unused);
insert into items values (1, 'a');
-- each: three
alter domain unused add constraint longer check (length(value) > 8);
create function is_fine(text) returns boolean immutable language sql as 'select true';
create domain with_code as text check (is_fine(value));
create type pair as (a integer, b used);
-- each: one
create type pair as (a integer, b text);
