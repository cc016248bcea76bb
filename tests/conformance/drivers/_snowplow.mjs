// The visit in Snowplow's words: what an event is about stands in entities beside it.
const SHOP = "iglu:com.snowplowanalytics.snowplow.ecommerce"
const ACTIONS = { "Product Viewed": "product_view", "Product Added": "add_to_cart", "Order Completed": "transaction" }

const entity = (name, data) => ({ schema: `${SHOP}/${name}/jsonschema/1-0-0`, data })
const product = ({ product_id: id, ...said }, currency) => ({ currency, ...said, id })

export const shopper = (user, { email }) => entity("user", { id: user, email, is_guest: false })
export const action = (event) => ({
  schema: `${SHOP}/snowplow_ecommerce_action/jsonschema/1-0-2`,
  data: { type: ACTIONS[event] },
})

export function order({ order_id, total, coupon, tax, shipping, currency, products }) {
  const money = { revenue: total, tax, shipping, currency, discount_code: coupon }
  return { transaction_id: order_id, payment_method: "card", ...money, products: products.map((one) => product(one, currency)) }
}

export function cart({ cart_id, ...said }) {
  return { cart_id, total_value: said.price * said.quantity, currency: said.currency, products: [product(said)] }
}

export const viewed = (said) => product(said)

export function beside(event, said) {
  if (event === "Product Viewed") return [entity("product", viewed(said))]
  const { products, ...rest } = event === "Order Completed" ? order(said) : cart(said)
  const named = event === "Order Completed" ? [entity("transaction", rest), entity("cart", { cart_id: said.cart_id })] : [entity("cart", rest)]
  return [...products.map((one) => entity("product", one)), ...named]
}
