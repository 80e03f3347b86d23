-- The framework's own table: one row, the version that the database is at. It carries the marker.

create table public.alembic_version (
  version_num varchar(32) not null constraint alembic_version_pkc primary key
);

insert into public.alembic_version (version_num) values ('9c1f0a7be2d4');

comment on table public.alembic_version is 'rowhouse sample: sellout (unfinished)';
