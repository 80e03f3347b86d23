/** Labels of enums become names that GraphQL knows, each its own. */
import { legalName } from '../../src/graphql/plugins/PlainNamesPlugin.ts'

test.each([
  [
    ['draft', 'part paid', "can't be collected"],
    ['draft', 'part_paid', 'can_t_be_collected'],
  ],
  [
    ['read:accounts', 'read accounts', 'read_accounts'],
    ['read_accounts', 'read_accounts_2', 'read_accounts_3'],
  ],
  [
    ['₿', '2x', 'größe'],
    ['U20BF', '_2x', 'gro_e'],
  ],
])('%j', (labels, names) => {
  expect(labels.map(label => legalName(label, same => same, labels))).toEqual(names)
})
