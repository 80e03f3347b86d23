/** Names that need care: reserved, quoted, of the engine's own queries, and alike in their first 62 bytes. */
const long = 'n23456789012345678901234567890123456789012345678901234567890_'

export const tableNames = [
  ...'Order user select rowhouse organization s t copied counted audit_log users organizations domains'.split(
    ' ',
  ),
  ...['per cent %', 'quo"te', 'größe', 'a.b', `${long}a1`, `${long}a2`, `${long}b1`],
]

export const columnNames = [
  ...'select user Id rowhouse s t r p q key hash n organization Größe dollar$1 ctid2 count value name'.split(
    ' ',
  ),
  ...'type end order oid ref_id owner_type owner_id few place'.split(' '),
  ...['per cent %', 'a"b', 'a.b', 'x y', `${long}c1`, `${long}c2`],
]
