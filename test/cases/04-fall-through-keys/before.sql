-- Fall-through with a foreign key: the third tenant's rows refer to the shared schema's table, which it reads.
-- once
create table public.countries (code char(2) primary key, name text);
insert into public.countries values ('DE', 'Germany'), ('FR', 'France');
-- each: one, two
create table countries (code char(2) primary key, name text);
insert into countries values ('DE', 'D');
-- each: one, two, three
create table shops (id integer primary key, country char(2) references countries);
insert into shops values (1, 'DE');
