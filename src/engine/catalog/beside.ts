/**
 * Work of this program while Postgres is at a question: of 20,000 tables a tenth of their inspection. One question at a time;
 * the next one is for whoever has the answer.
 * @returns the answer, and what was done
 */
export async function beside<Answer, Done>(
  asked: Promise<Answer>,
  work: () => Done,
): Promise<[Answer, Done]> {
  // A failure is thrown when it is waited for.
  asked.catch(() => {})
  const done = work()
  return [await asked, done]
}
