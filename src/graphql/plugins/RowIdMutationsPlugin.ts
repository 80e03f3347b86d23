/**
 * A row is changed and deleted by its id. What other keys it has are for finding it: without this, every unique
 * constraint would add `updatePerformanceReviewByEmployeeIdAndReviewerIdAndPeriodStartAndKind` and its like.
 */
import 'postgraphile'

declare global {
  namespace GraphileConfig {
    interface Plugins {
      RowIdMutationsPlugin: true
    }
  }
}

export const RowIdMutationsPlugin: GraphileConfig.Plugin = {
  name: 'RowIdMutationsPlugin',
  description: 'Updates and deletes by primary key only',
  schema: {
    entityBehavior: {
      pgResourceUnique: {
        inferred: (behavior, [, unique]) =>
          unique.isPrimary
            ? [behavior]
            : [behavior, '-constraint:resource:update', '-constraint:resource:delete'],
      },
    },
  },
}
