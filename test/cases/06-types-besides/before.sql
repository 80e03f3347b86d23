-- Columns that only some have, of types of their schemas: alike in two tenants, or of a type that takes no null.
-- each: one, two, three, four, five
create type mood as enum ('low', 'high');
create domain moods as mood[] check (cardinality(value) < 9);
create domain word as text not null;
create table items (id integer primary key, moods moods);
insert into items values (1, '{low,high}');
-- each: two, three
alter table items add column mood mood;
update items set mood = 'high';
-- each: four
-- Nobody else's rows could have anything there.
alter table items add column word word default 'x';
