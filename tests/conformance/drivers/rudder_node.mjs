// Drives @rudderstack/rudder-sdk-node.
import { key, load, talk, url } from "./_talk.mjs"

const Analytics = load("@rudderstack/rudder-sdk-node")
const client = new Analytics(key, { dataPlaneUrl: url, flushAt: 20, flushInterval: 200, logLevel: "error" })
const waiting = new Set()
let rejectedAt = Infinity
process.on("unhandledRejection", (error) => {
  console.log("rejected", String(error))
  rejectedAt = Date.now() // it has given up, tells nobody else, and says so once more before it sends again
})

let number = 0
talk(
  ({ call, user, event, said }) => {
    const who = { userId: user, anonymousId: `${user}-browser` }
    const one = (number += 1)
    const sent = () => waiting.delete(one)
    waiting.add(one)
    if (call === "identify") client.identify({ ...who, traits: said }, sent)
    else if (call === "page") client.page({ ...who, name: event, properties: said }, sent)
    else client.track({ ...who, event, properties: said }, sent)
  },
  async () => {
    while (waiting.size && Date.now() < rejectedAt + 1500) {
      await new Promise((done) => setTimeout(done, 100))
      if (client.queue.length) client.flush().catch(() => {})
    }
    waiting.clear()
    rejectedAt = Infinity
  },
)
