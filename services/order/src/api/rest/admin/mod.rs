//! What staff and administrators do.

mod changes;
mod coupons;
mod guests;
mod notes;
mod returns;
mod search;
mod tax_rates;
mod timeline;

use std::sync::Arc;

use utoipa_axum::{router::OpenApiRouter, routes};
use warung_chassis::auth::{Claims, Role};

use super::Shared;
use crate::{commands::returns::By, domain::Actor};

/// The routes of staff and administrators.
pub fn router() -> OpenApiRouter<Arc<Shared>> {
    OpenApiRouter::new()
        .routes(routes!(search::search_orders))
        .routes(routes!(timeline::order_timeline))
        .routes(routes!(notes::add_order_note))
        .routes(routes!(returns::open_return))
        .routes(routes!(returns::list_returns))
        .routes(routes!(returns::get_return))
        .routes(routes!(returns::approve_return))
        .routes(routes!(returns::refuse_return))
        .routes(routes!(returns::receive_return))
        .routes(routes!(returns::refund_return))
        .routes(routes!(guests::erase_guest))
        .routes(routes!(changes::list_changes))
        .routes(routes!(coupons::list_coupons, coupons::create_coupon))
        .routes(routes!(coupons::get_coupon, coupons::change_coupon, coupons::delete_coupon))
        .routes(routes!(tax_rates::list_tax_rates, tax_rates::put_tax_rate))
        .routes(routes!(tax_rates::delete_tax_rate))
}

/// Who of the shop acts.
fn by(claims: &Claims) -> By {
    let actor = if claims.has(Role::Admin) { Actor::Admin } else { Actor::Staff };
    By { actor, user: claims.sub }
}
