// Drives posthog-node.
import { key, load, talk, url } from "./_talk.mjs"

const { PostHog } = load("posthog-node")
const client = new PostHog(key, { host: url, flushAt: 20, flushInterval: 0, fetchRetryCount: 15, fetchRetryDelay: 1000 })
client.on("error", (error) => console.log("error", String(error)))

talk(
  ({ call, user: distinctId, event, said }) => {
    if (call === "identify") client.identify({ distinctId, properties: said })
    else if (call === "page") {
      client.capture({ distinctId, event: "$pageview", properties: { $current_url: said.url, title: said.title } })
    } else client.capture({ distinctId, event, properties: said })
  },
  () => client.flush().catch((error) => console.log("flush", String(error))),
)
