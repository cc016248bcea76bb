// The way a page talks with the rig: it calls `say`, and looks afterwards at what arrived.
function talk(client) {
  window.say = async (calls) => {
    for (const { call, user, event, said } of calls) {
      if (call === "identify") client().identify(user, said)
      else if (call === "page") client().page(event, said)
      else client().track(event, said)
      await new Promise((done) => setTimeout(done, 50))
    }
  }
}
