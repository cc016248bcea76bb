// Drives matomo-tracker: pages one by one, the shop's events in bulk.
import { key, load, talk, url } from "./_talk.mjs"

const MatomoTracker = load("matomo-tracker")
const client = new MatomoTracker(key, `${url}/matomo.php`)
client.on("error", (error) => console.log("error", String(error)))

const PAGE = "https://shop.example/cups"
let waiting = []
let count = 0

function products(said) {
  const items = said.products ?? [said]
  return JSON.stringify(items.map((one) => [one.product_id, one.name ?? "", "", one.price ?? 0, one.quantity ?? 1]))
}

function cart(said) {
  return { idgoal: 0, ec_items: products(said), cart_id: said.cart_id, currency: said.currency }
}

function words(event, said) {
  if (event === "Product Viewed") return { action_name: event, _pks: said.product_id, _pkn: said.name, _pkp: said.price }
  if (event === "Product Added") return { ...cart(said), revenue: said.price * said.quantity }
  const money = { revenue: said.total, ec_st: said.revenue, ec_sh: said.shipping, ec_tx: said.tax, ec_dt: 0 }
  return { ...cart(said), ...money, ec_id: said.order_id, coupon: said.coupon }
}

talk(
  ({ call, user, event, said }) => {
    const who = { url: said.url ?? PAGE, uid: user, _id: `${user}-browser`, rand: (count += 1), send_image: 0 }
    if (call === "page") client.track({ ...who, action_name: said.title })
    else if (call === "track") waiting.push({ ...who, ...words(event, said) })
  },
  async () => {
    const told = waiting
    waiting = []
    if (told.length) await new Promise((done) => client.trackBulk(told, (said) => done(console.log("said", said))))
    await new Promise((done) => setTimeout(done, 300)) // it tells nobody when a single request is answered
  },
)
