-- Composite, cyclic, self, to shared tables, set null on part of a key, never checked, and rows that lead nowhere.
-- once
create table public.countries (code char(2) primary key, name text);
insert into public.countries values ('DE', 'Germany');
-- each: one, two
create table departments (id integer primary key, head_id integer, country char(2) references public.countries);
create table people (
  id integer primary key,
  department_id integer references departments on delete set null,
  boss_id integer references people on delete cascade on update cascade
);
alter table departments add foreign key (head_id) references people deferrable initially deferred;
create table orders (year integer, no integer, primary key (year, no));
create table lines (
  id integer primary key, year integer not null, no integer, note text,
  foreign key (year, no) references orders on delete set null (no)
);
insert into departments values (1, null, 'DE');
insert into people values (1, 1, null), (2, 1, 1);
update departments set head_id = 2;
insert into orders values (2020, 1);
insert into lines values (1, 2020, 1, 'a'), (2, 2020, null, 'b');
create table clicks (id integer primary key, person_id integer);
insert into clicks values (1, 1);
create table tags (code text primary key, country char(2) references public.countries on update set null);
create table tagged (id integer primary key, tag text default 'none' references tags on update set default on delete set default);
insert into tags values ('none', 'DE');
insert into tagged values (1, 'none');
-- each: two
insert into clicks values (2, 4711);
-- each: one, two
alter table clicks add constraint clicks_person foreign key (person_id) references people not valid;
