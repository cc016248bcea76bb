// Drives @jitsu/js on a server.
import { key, load, talk, url } from "./_talk.mjs"

const { jitsuAnalytics } = load("@jitsu/js")
const clients = new Map()

function of(user) {
  if (!clients.has(user)) clients.set(user, jitsuAnalytics({ host: url, writeKey: `shop:${key}`, s2s: true, fetchTimeoutMs: 5000 }))
  return clients.get(user)
}

talk(async ({ call, user, event, said }) => {
  const client = of(user)
  const who = { userId: user, anonymousId: `${user}-browser` }
  try {
    if (call === "identify") await client.identify(user, said, who)
    else if (call === "page") await client.page(event, said, who)
    else await client.track(event, said, who)
  } catch (error) {
    console.log("error", String(error))
  }
}, () => {})
