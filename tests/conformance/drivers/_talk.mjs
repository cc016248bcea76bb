// The way a driver talks with the rig: a line of JSON a command, a line back when it is done.
import { createRequire } from "node:module"
import { createInterface } from "node:readline"

export const load = createRequire(`${process.env.RIG_MODULES}/`)
export const [url, key] = process.argv.slice(2)

export async function talk(say, flush, end = () => {}) {
  for await (const line of createInterface({ input: process.stdin })) {
    const asked = JSON.parse(line)
    if (asked.do === "say") for (const call of asked.calls) await say(call)
    else await flush()
    console.log("rig: done")
  }
  await end()
  process.exit(0)
}
