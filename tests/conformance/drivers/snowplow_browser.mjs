// Drives @snowplow/browser-tracker and its e-commerce plugin in a page; the rig calls these.
import { cart, order, viewed } from "./_snowplow.mjs"

const { newTracker, setUserId, trackPageView } = snowplowBrowserTracking
const shop = snowplowEcommerceAccelerator
const CART = "iglu:com.snowplowanalytics.snowplow.ecommerce/cart/jsonschema/1-0-0"

window.rig = {
  start(url, key) {
    newTracker("rig", url, { appId: key, plugins: [shop.SnowplowEcommercePlugin()], minimumVisitLength: 5 })
  },
  say({ call, user, event, said }) {
    if (call === "identify") {
      setUserId(user)
      shop.setEcommerceUser({ id: user, email: said.email, is_guest: false })
    } else if (call === "page") trackPageView()
    else if (event === "Product Viewed") shop.trackProductView(viewed(said))
    else if (event === "Product Added") shop.trackAddToCart(cart(said))
    else {
      const context = [{ schema: CART, data: { cart_id: said.cart_id } }]
      shop.trackTransaction({ ...order(said), context })
    }
  },
}
