-- The framework's own table, and the function that its triggers call. The function is alike in every schema.

create table schema_migrations (
  version text primary key
);

insert into schema_migrations (version)
values ('20150329005959'), ('20160229120000'), ('20191231235959'), ('20240630000000_invoice_pdfs');

create function touch_updated_at() returns trigger
  language plpgsql
  as $$
begin
  new.updated_at := now();
  return new;
end
$$;
comment on function touch_updated_at() is 'The time of the last change, whoever made it';
