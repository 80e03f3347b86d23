-- What is where: the sum of the movements. Its key is what it is about, without an id of its own; movements refer to
-- both columns, and only at the end of a transaction.

create table stock_levels (
  product_id uuid not null,
  warehouse text not null,
  quantity integer not null,
  reserved integer null,
  shelf text null,
  counted_on date null,
  constraint stock_levels_pkey primary key (product_id, warehouse)
);

insert into stock_levels (product_id, warehouse, quantity, reserved, shelf, counted_on)
select
  m.product_id,
  m.warehouse,
  sum(m.quantity)::integer,
  case when p % 3 <> 2 then max(t.base) + p % 1000 end,
  case when p % 4 <> 3 then max(t.canary) || 'R' || p || E'\t"top"' end,
  case p % 3 when 0 then null when 1 then date '1999-12-31' else date '2024-02-29' end
from sample.tenant as t
cross join generate_series(1, t.products) as p
join stock_movements as m on m.product_id = sample.uuid(t.chance_key, p, 'products', t.no)
group by m.product_id, m.warehouse, p;

alter table stock_levels
  add constraint stock_levels_reserved_check check (reserved >= 0),
  add constraint stock_levels_product_id_fkey foreign key (product_id) references products (id) on delete cascade;

alter table stock_movements
  add constraint stock_movements_pkey primary key (id),
  add constraint stock_movements_quantity_check check (quantity <> 0),
  add constraint stock_movements_level_fkey
    foreign key (product_id, warehouse) references stock_levels (product_id, warehouse)
    on delete cascade deferrable initially deferred,
  add constraint stock_movements_counted_by_id_fkey foreign key (counted_by_id) references members (id);
create index stock_movements_level_idx on stock_movements (product_id, warehouse, moved_at desc);
create index stock_movements_counted_by_id_idx on stock_movements (counted_by_id) where counted_by_id is not null;
create index stock_movements_moved_at_idx on stock_movements using brin (moved_at);

comment on table stock_levels is 'How many of a product are in a warehouse';
comment on column stock_levels.quantity is 'The sum of the movements';
