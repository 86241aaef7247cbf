//! Coupons: used as often as they may be, in all and by each customer; an order that came to nothing gave them back.

use anyhow::Result;

use super::{Seen, none};
use crate::fleet::Fleet;

/// What never is so: where it is, and all that it could be of.
const WRONG: [(&str, [&str; 2]); 5] = [
    (
        "a coupon is counted wrong, or used too often",
        [
            "SELECT format('%s: used %s, in %s orders, of %s', code, used, count(order_id), limit_total) \
         FROM coupons c LEFT JOIN coupon_redemptions r ON r.coupon_id = c.coupon_id AND r.given_back_at IS NULL \
         GROUP BY c.coupon_id HAVING used <> count(order_id) OR used > limit_total",
            "SELECT count(*) FROM coupons",
        ],
    ),
    (
        // What guests use before they pay does not count against the account of their address.
        "somebody used a coupon too often, by the address",
        [
            "SELECT format('%s: %s times, of %s; last in order %s', code, count(*), limit_per_user, max(order_id::text)) \
         FROM coupon_redemptions r JOIN coupons c USING (coupon_id) JOIN orders o USING (order_id) \
         WHERE given_back_at IS NULL AND email_hash IS NOT NULL \
         GROUP BY c.coupon_id, email_hash, o.cart_hash IS NULL HAVING count(*) > limit_per_user",
            "SELECT count(*) FROM coupon_redemptions WHERE email_hash IS NOT NULL",
        ],
    ),
    (
        // What was claimed was counted by the guest's address.
        "an account used a coupon too often",
        [
            "SELECT format('%s: %s times, of %s; last in order %s', code, count(*), limit_per_user, max(order_id::text)) \
         FROM coupon_redemptions r JOIN coupons c USING (coupon_id) WHERE given_back_at IS NULL \
         AND NOT EXISTS (SELECT FROM order_timeline t WHERE t.order_id = r.order_id AND t.kind = 'claimed') \
         GROUP BY c.coupon_id, r.user_id HAVING count(*) > limit_per_user",
            "SELECT count(*) FROM coupon_redemptions",
        ],
    ),
    (
        "a coupon was not given back, or is given back and used",
        [
            "SELECT format('order %s is %s; given back: %s', order_id, state, coalesce(given_back_at::text, 'never')) \
         FROM coupon_redemptions JOIN orders USING (order_id) \
         WHERE (given_back_at IS NOT NULL) <> (state IN ('cancelled', 'rejected'))",
            "SELECT count(*) FROM coupon_redemptions",
        ],
    ),
    (
        "an order took off what no coupon was used for",
        [
            "SELECT format('order %s: %s coupons, %s uses', order_id, jsonb_array_length(coupons), uses) \
         FROM orders o, LATERAL (SELECT count(*) AS uses FROM coupon_redemptions r WHERE r.order_id = o.order_id) u \
         WHERE jsonb_array_length(coupons) <> uses OR (discount_minor > 0 AND uses = 0)",
            "SELECT count(*) FROM orders",
        ],
    ),
];

/// Nothing of it is true.
pub async fn hold(fleet: &Fleet) -> Result<Vec<Seen>> {
    let mut seen = Vec::new();
    for (what, queries) in WRONG {
        seen.push(none(fleet, "order", what, queries).await?);
    }
    Ok(seen)
}
