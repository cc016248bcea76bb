// Drives posthog-js in a page; the rig calls these.
window.rig = {
  start(url, key) {
    posthog.init(key, {
      api_host: url,
      capture_pageview: false, // the rig says its own
      opt_out_useragent_filter: true, // it would take the rig for the robot that it is, and send nothing
      request_queue_config: { flush_interval_ms: 250 },
    })
  },
  say({ call, user, event, said }) {
    if (call === "identify") posthog.identify(user, said)
    else if (call === "page") posthog.capture("$pageview")
    else posthog.capture(event, said)
  },
}
