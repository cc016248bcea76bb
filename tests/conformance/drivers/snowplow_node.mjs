// Drives @snowplow/node-tracker.
import { action, beside, shopper } from "./_snowplow.mjs"
import { key, load, talk, url } from "./_talk.mjs"

const { buildPageView, buildSelfDescribingEvent, newTracker } = load("@snowplow/node-tracker")
let isLeft = false
const tracker = newTracker(
  { namespace: "rig", appId: key, encodeBase64: false },
  {
    endpoint: url,
    bufferSize: 20,
    onRequestFailure(failed) {
      isLeft = failed.willRetry // with its next events, or when it is told to
      console.log("failed", failed.status, failed.message)
    },
  },
)
const known = {}

talk(
  ({ call, user, event, said }) => {
    tracker.setUserId(user)
    tracker.setDomainUserId(`${user}-browser`)
    if (call === "identify") known[user] = [shopper(user, said)]
    else if (call === "page") tracker.track(buildPageView({ pageUrl: said.url, pageTitle: said.title }), known[user])
    else tracker.track(buildSelfDescribingEvent({ event: action(event) }), beside(event, said))
  },
  async () => {
    do {
      isLeft = false
      await tracker.flush()
      await new Promise((done) => setTimeout(done, 300)) // it tells of a failure only after that
    } while (isLeft)
  },
)
