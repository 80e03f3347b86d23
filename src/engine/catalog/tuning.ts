/** Parts of the queries that ask how columns are stored and looked at: `a` is the column, `t` its type. */

/** Of a column's options those that Postgres knows; some servers keep marks of their own beside them. */
export const distinctOptions = `(select string_agg(o, ', ') from unnest(a.attoptions) o where o like 'n\\_distinct%')`

/** What `alter column` would have to say to make it so; null where nothing. @param major the server's version */
export const tuned = (major: number) => `case when ${isTuned(major)} then array_remove(array[
    case when a.attstorage <> t.typstorage then 'set storage ' ||
      case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end end,
    ${major < 14 ? '' : "case a.attcompression when 'p' then 'set compression pglz' when 'l' then 'set compression lz4' end,"}
    case when a.attstattarget >= 0 then 'set statistics ' || a.attstattarget end,
    'set (' || ${distinctOptions} || ')'
  ], null) end`

/** Whether a column is not as its type is. Compression came with 14. @param major the server's version */
export const isTuned = (major: number) =>
  `(a.attstorage <> t.typstorage or a.attstattarget >= 0 or a.attoptions::text like '%n\\_distinct%'${major < 14 ? '' : " or a.attcompression <> ''"})`
