/** Work that several connections have before them: each takes what is next, as long as there is something. */

/**
 * @param items in the order in which they are begun
 * @param run one item, by whoever took it
 * @returns what a connection does until nothing is left; it does not wait for what others are still at
 */
export function sharing<Item, Connection>(
  items: readonly Item[],
  run: (connection: Connection, item: Item) => Promise<void>,
): (connection: Connection) => Promise<void> {
  const left = items.values()
  return async connection => {
    for (let next = left.next(); !next.done; next = left.next()) await run(connection, next.value)
  }
}
