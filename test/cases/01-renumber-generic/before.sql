-- Django's generic relations, renumbered: which table an id is of is said by a content type, which is merged.
-- each: one, two
create table django_content_type (id serial primary key, app_label varchar(100) not null, model varchar(100) not null, unique (app_label, model));
create table orders (id serial primary key, text text);
create table pages (slug text primary key);
create table tags (id serial primary key, content_type_id int not null references django_content_type, object_id text not null, tag text);
insert into orders (text) select 'order ' || n || ' of ' || :tenant from generate_series(1, 2) n;
insert into pages values ('about');
-- each: one
insert into django_content_type (app_label, model) values ('shop', 'order'), ('cms', 'page');
-- each: two
insert into django_content_type (app_label, model) values ('cms', 'page'), ('shop', 'order');
-- each: one, two
insert into tags (content_type_id, object_id, tag) select id, case model when 'order' then '2' else 'about' end, model from django_content_type order by model;
