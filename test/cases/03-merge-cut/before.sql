-- A framework's table that is left behind, and that folded ones refer to: merging it is proposed.
-- each: one, two
create table django_content_type (id serial primary key, app_label text not null, model text not null, unique (app_label, model));
create table tags (id serial primary key, content_type_id int references django_content_type);
