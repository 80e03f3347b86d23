/** How comparisons are timed and shown. */

/** Seconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return (performance.now() - begun) / 1000
}

export const say = (line: string) => process.stderr.write(`${line}\n`)
export const seconds = (value: number) => `${value.toFixed(1)} s`
export const megabytes = ({ peak }: { peak: number }) => `${Math.round(peak / 1024)} MB`

export function print(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map(row => (row[at] ?? '').length)))
  for (const row of rows)
    console.log(
      row
        .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
        .join('  '),
    )
}
