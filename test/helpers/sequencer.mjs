/**
 * In which order test files run. Jest puts the longest first when it remembers how long each took; in a fresh clone it
 * remembers nothing and goes by size, and a small file that takes minutes comes last, with one worker idle beside it.
 */
import Sequencer from '@jest/test-sequencer'

/** What takes longest, longest first; those that start two servers each do not meet. Exactness does not matter. */
const long = [
  'isolation/graphql',
  'cases/elsewhere',
  'crash/killedBeside',
  'crash/killed',
  'crash/scopeBack',
  'cases/cases',
  'isolation/graphqlMutants',
  'crash/scopeKilled',
  'commands/start',
  'engine/memory',
  'torture/torture',
  'commands/startSample',
  'isolation/sql',
]

export default class extends Sequencer {
  sort(tests) {
    const place = ({ path }) => {
      const at = long.findIndex(name => path.endsWith(`/test/${name}.test.ts`))
      return at === -1 ? long.length : at
    }
    return [...super.sort([...tests])].sort((a, b) => place(a) - place(b))
  }
}
