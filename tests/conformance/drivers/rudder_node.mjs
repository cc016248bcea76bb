// Drives @rudderstack/rudder-sdk-node.
import { key, load, talk, url } from "./_talk.mjs"

const Analytics = load("@rudderstack/rudder-sdk-node")
const client = new Analytics(key, { dataPlaneUrl: url, flushAt: 20, flushInterval: 200, logLevel: "error" })
process.on("unhandledRejection", (error) => console.log("rejected", String(error)))

let waiting = 0
function sent() {
  waiting -= 1
}

talk(
  ({ call, user, event, said }) => {
    const who = { userId: user, anonymousId: `${user}-browser` }
    waiting += 1
    if (call === "identify") client.identify({ ...who, traits: said }, sent)
    else if (call === "page") client.page({ ...who, name: event, properties: said }, sent)
    else client.track({ ...who, event, properties: said }, sent)
  },
  async () => {
    while (waiting > 0) await new Promise((done) => setTimeout(done, 20))
  },
)
