/** Everything observable, as one union: the progress display, the log, `--json` and the tests are its readers. */
export type Event =
  | {
      readonly type: 'plan-begun'
      readonly plan: string
      readonly steps: number
      readonly done: number
      /** Rows that are still to be copied, by new table; estimates of the planner. */
      readonly toCopy: Readonly<Record<string, number>>
    }
  | {
      readonly type: 'step-begun'
      readonly step: string
      readonly description: string
      readonly place: Place
    }
  | {
      readonly type: 'step-done'
      readonly step: string
      readonly description: string
      readonly place: Place
      /** The new table and the rows, for steps that copy. */
      readonly table: string | null
      readonly rows: number | null
      readonly milliseconds: number
    }
  | {
      readonly type: 'step-retried'
      readonly step: string
      readonly reason: string
      readonly attempt: number
    }
  | {
      readonly type: 'step-undone'
      readonly step: string
      readonly description: string
      readonly place: Place
    }
  /** Somebody is in the way: who, and since when. */
  | { readonly type: 'waiting'; readonly step: string; readonly reason: string }
  /** Rows that were given to their organizations, of how many about. */
  | {
      readonly type: 'rows-assigned'
      readonly table: string
      readonly seen: number
      readonly moved: number
      readonly of: number
    }
  | { readonly type: 'workspace-written'; readonly folder: string; readonly kept: readonly string[] }
  | {
      readonly type: 'table-compared'
      readonly table: string
      readonly rows: number
      readonly mismatches: number
      readonly place: Place
    }
  | { readonly type: 'probed'; readonly organization: string; readonly place: Place }
  | { readonly type: 'measured'; readonly organization: string; readonly place: Place }
  | { readonly type: 'schema-dropped'; readonly schema: string; readonly place: Place }
  | { readonly type: 'sampled'; readonly schema: string; readonly rows: number; readonly place: Place }

/** The how-manieth of how many, counted from 1. */
export type Place = { readonly at: number; readonly of: number }

export type Listener = (event: Event) => void
