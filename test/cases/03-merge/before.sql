-- Rows that mean the same with other ids: one table for all, by natural key; whoever refers to them follows.
-- each: one, two, three
create table django_content_type (id serial primary key, app_label varchar(100) not null, model varchar(100) not null, unique (app_label, model));
create table auth_permission (id serial primary key, name text, content_type_id int not null references django_content_type, codename text not null,
  unique (content_type_id, codename));
create table auth_group (id serial primary key, name text not null unique);
create table auth_group_permissions (id serial primary key, group_id int not null references auth_group, permission_id int not null references auth_permission on delete cascade,
  unique (group_id, permission_id));
-- Its natural key is its key.
create table currencies (code char(3) primary key, name text);
-- A tree: a row's parent is a row of the same table.
create table categories (id bigint primary key, parent_id bigint references categories, code text not null);
create table invoices (id serial primary key, currency char(3) references currencies, category_id bigint references categories, content_type_id int references django_content_type);
insert into currencies values ('EUR', 'Euro'), ('US ', null);
-- each: one
insert into django_content_type (app_label, model) values ('shop', 'order'), ('shop', 'invoice');
insert into categories values (10, null, 'all'), (20, 10, 'food');
-- each: two, three
insert into django_content_type (app_label, model) values ('shop', 'invoice'), ('shop', 'order'), ('shop', 'extra');
insert into categories values (3, 7, 'food'), (7, null, 'all');
-- each: one, two, three
insert into auth_permission (name, content_type_id, codename) select 'Can add ' || model, id, 'add_' || model from django_content_type order by id;
insert into auth_group (name) values ('clerks of ' || :tenant);
insert into auth_group_permissions (group_id, permission_id) select 1, id from auth_permission;
insert into invoices (currency, category_id, content_type_id) select 'EUR', (select id from categories where code = 'food'), (select id from django_content_type where model = 'invoice');
insert into invoices (currency) values ('US ');
-- each: two
insert into currencies values ('CHF', 'Franken');
