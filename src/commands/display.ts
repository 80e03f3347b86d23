/**
 * Events → stderr: one line that is rewritten on a terminal, a plain line per event elsewhere, JSON lines with --json.
 */
import { styleText } from 'node:util'
import type { Event, Listener, Place } from '../engine/apply/events.ts'
import { makeTally, type Tally } from './tally.ts'

type Stream = { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown }

export type Display = { readonly listen: Listener; say(line: string): void; clear(): void }

export function makeDisplay(stream: Stream, json: boolean): Display {
  if (json) {
    return {
      listen: event => stream.write(`${JSON.stringify({ at: new Date().toISOString(), ...event })}\n`),
      say: () => {},
      clear: () => {},
    }
  }
  const tally = makeTally()
  if (!stream.isTTY) {
    return {
      listen: event => {
        tally.count(event)
        if (event.type !== 'step-begun') stream.write(`${describeEvent(event, tally)}\n`)
      },
      say: line => stream.write(`${line}\n`),
      clear: () => {},
    }
  }
  const clear = () => stream.write('\r\x1b[2K')
  return {
    listen: event => {
      tally.count(event)
      clear()
      const line = describeEvent(event, tally)
      stream.write(
        isLasting(event) ? `${line}\n` : `${bar(event)}${cut(line, (stream.columns || 80) - barWidth - 2)}`,
      )
    },
    say: line => {
      clear()
      stream.write(`${line}\n`)
    },
    clear,
  }
}

/** What stays on the terminal when the next event comes. */
const isLasting = ({ type }: Event) =>
  type === 'plan-begun' || type === 'workspace-written' || type === 'step-retried' || type === 'waiting'

/** One line for people. */
export function describeEvent(event: Event, tally: Tally): string {
  switch (event.type) {
    case 'plan-begun':
      return event.done === 0
        ? `plan ${event.plan}: ${event.steps} steps`
        : `plan ${event.plan}: ${event.done} of ${event.steps} steps are done, going on`
    case 'step-begun':
      return `${count(event.place)} ${event.description}`
    case 'step-done': {
      const rows = event.rows === null ? '' : `; ${tally.describe(event.table ?? '')}`
      return `${count(event.place)} ${event.description} (${Math.round(event.milliseconds)} ms${rows})`
    }
    case 'step-retried':
      return `waiting: ${event.reason}; attempt ${event.attempt + 1} at ${event.step}`
    case 'waiting':
      return event.reason
    case 'rows-assigned':
      return `${event.table}: ${event.seen} of about ${event.of} rows looked at, ${event.moved} moved`
    case 'step-undone':
      return `${count(event.place)} undone: ${event.description}`
    case 'workspace-written':
      return `workspace ${event.folder}${event.kept.length > 0 ? ` (left alone because edited: ${event.kept.join(', ')})` : ''}`
    case 'table-compared':
      return `${count(event.place)} ${event.table}: ${event.rows} rows compared${event.mismatches > 0 ? `, ${event.mismatches} differ` : ''}`
    case 'probed':
      return `${count(event.place)} isolation probed as a member of ${event.organization}`
    case 'measured':
      return `${count(event.place)} typical queries asked as a member of ${event.organization}`
    case 'schema-dropped':
      return `${count(event.place)} schema ${event.schema} is dropped`
    case 'sampled':
      return `${count(event.place)} schema ${event.schema} built (${event.rows} rows so far)`
  }
}

const count = ({ at, of }: Place) => `[${String(at).padStart(String(of).length)}/${of}]`

const barWidth = 20

function bar(event: Event): string {
  if (!('place' in event)) return ''
  const filled = Math.round((event.place.at / event.place.of) * barWidth)
  return `${styleText('cyan', '█'.repeat(filled))}${styleText('dim', '░'.repeat(barWidth - filled))} `
}

const cut = (text: string, width: number) => [...text].slice(0, Math.max(0, width)).join('')
