//! Every error of the crate → a problem or the fate of an event: the only mapping.

use warung_chassis::{
    error::{Kind, is_too_large},
    events::EventError,
    http::Problem,
};
use warung_contracts::{id::OrderId, money::Money};

use crate::{
    commands::{advance, came_back, correct_address, coupons, place, refund, returns, tax_rates},
    domain::{Misfit, NoAddress, Refusal, Short, Untaxable, coupon::RefusedCoupon},
    peers::QuoteRefusal,
    pricing,
};

impl From<coupons::Error> for Problem {
    fn from(error: coupons::Error) -> Self {
        match error {
            coupons::Error::Unknown(_) => Self::not_found("coupon"),
            coupons::Error::Changed(_) => Self::stale(),
            coupons::Error::InUse(code) => Self::typed(
                Kind::Conflict,
                "coupon-in-use",
                format!("Orders used {code}. Switch it off instead: PATCH it with active: false."),
            ),
            coupons::Error::Store(error) => error.into(),
        }
    }
}

impl From<tax_rates::Error> for Problem {
    fn from(error: tax_rates::Error) -> Self {
        match error {
            tax_rates::Error::Unknown(_) => Self::not_found("tax rate"),
            tax_rates::Error::Changed => Self::stale(),
            tax_rates::Error::Store(error) => error.into(),
        }
    }
}

/// Why there is no price.
pub fn pricing(error: pricing::Error) -> Problem {
    match error {
        pricing::Error::Refused(error) => refusal(error),
        pricing::Error::Shipping(error) => shipping(&error),
        pricing::Error::Ordered(order) => ordered(order),
        pricing::Error::Peer(status) => status.into(),
        pricing::Error::Store(error) => error.into(),
    }
}

/// Why goods can't be sent so.
fn shipping(QuoteRefusal(why): &QuoteRefusal) -> Problem {
    let detail = match why.as_str() {
        "destination-not-served" => {
            return Problem::typed(
                Kind::Unprocessable,
                "destination-not-served",
                "The shop does not send these goods to that address. Choose another address.",
            );
        }
        "quote-expired" => "is too old",
        "quote-other-address" => "is for another address",
        "quote-other-goods" => "is for other goods",
        _ => "is not one of this shop",
    };
    Problem::typed(
        Kind::Unprocessable,
        "shipping-quote-refused",
        "The price for shipping does not hold any more. Ask POST /api/v1/checkout/quote for new ones.",
    )
    .with_field("shipping_quote", detail)
}

/// An address that the account does not keep: it never did, or not any more.
pub fn unknown_address() -> Problem {
    Problem::typed(
        Kind::Unprocessable,
        "address-unknown",
        "Your account has no such address. Choose one of GET /api/v1/me/addresses, or write it: shipping_address.",
    )
    .with_field("shipping_address_id", "is no address of this account")
}

/// The total is not the one that the customer was shown.
pub fn total_changed(total: Money) -> Problem {
    Problem::typed(
        Kind::Conflict,
        "total-changed",
        format!("The total is {total} now. Show it to the customer, then check out with it."),
    )
    .with_field("expected_total", format!("must be {} {}", total.amount_minor, total.currency))
}

/// Coupons that are not taken, by their places in the request and their codes.
fn coupons(refused: impl IntoIterator<Item = RefusedCoupon>) -> Problem {
    refused.into_iter().fold(
        Problem::typed(
            Kind::Unprocessable,
            "coupon-refused",
            "A coupon is not taken. Remove it, then check out.",
        ),
        |problem, RefusedCoupon { place, code, why }| {
            problem.with_field(format!("coupons[{place}]"), format!("{code} {why}"))
        },
    )
}

/// Why an order can't be placed after it was priced.
pub fn place(error: place::Error) -> Problem {
    match error {
        place::Error::Coupon(refused) => coupons([refused]),
        place::Error::AccountGone => Problem::account_gone(),
        place::Error::Promotion(_) => Problem::typed(
            Kind::Conflict,
            "total-changed",
            "A promotion has ended in this moment. Ask POST /api/v1/checkout/quote, show the customer the new total, then \
             check out with it.",
        ),
        place::Error::Ordered(order) => ordered(order),
        // Two of uncountable numbers met: the next try has another.
        place::Error::Store(sqlx::Error::Database(error))
            if error.constraint() == Some("orders_number_unique") =>
        {
            Problem::unavailable(sqlx::Error::Database(error))
        }
        place::Error::Store(error) if is_too_large(&error) => Problem::typed(
            Kind::Unprocessable,
            "cart-too-large",
            "Your cart holds too many different products for one order. Order in parts.",
        ),
        place::Error::Store(error) => error.into(),
    }
}

fn ordered(order: OrderId) -> Problem {
    Problem::typed(
        Kind::Conflict,
        "cart-already-ordered",
        "This cart has been ordered. Show the customer that order: GET /api/v1/orders/{id}.",
    )
    .with_field("order", order.to_string())
}

/// A line of the cart, as `GET /api/v1/cart` lists them.
fn line(place: usize) -> String {
    format!("lines[{place}]")
}

/// Names the lines of which too much is wanted; `why` says how many can be had.
fn named(problem: Problem, short: Vec<Short>, why: impl Fn(u32) -> String) -> Problem {
    short.into_iter().fold(problem, |problem, short| {
        let detail = format!("{}: {} wanted, {}", short.name, short.wanted, why(short.most));
        problem.with_field(line(short.line), detail)
    })
}

/// Why a cart can't be checked out.
fn refusal(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::EmptyCart => Problem::typed(
            Kind::Unprocessable,
            "cart-empty",
            "Your cart is empty. Put something into it, then check out.",
        ),
        Refusal::UnknownProducts(places) => unknown(&places),
        Refusal::TooLittleStock(short) => {
            let detail = "There is too little stock. Lower the quantities, then check out.";
            let problem = Problem::typed(Kind::Conflict, "insufficient-stock", detail);
            named(problem, short, |most| format!("{most} left"))
        }
        Refusal::OverLimit(over) => {
            let detail = "The shop sells fewer of these in one order. Lower the quantities, then check out.";
            let problem = Problem::typed(Kind::Unprocessable, "quantity-over-limit", detail);
            named(problem, over, |most| format!("at most {most} in one order"))
        }
        Refusal::UnknownTaxClass(goods) => untaxable(goods),
        Refusal::Coupons(refused) => coupons(refused),
        Refusal::OtherCurrency { product_id, found, wanted } => {
            let what = format!("{product_id} is priced in {found}, but this shop sells in {wanted}.");
            let detail = format!("{what} Remove it, then check out.");
            Problem::typed(Kind::Unprocessable, "currency-mismatch", detail)
        }
        Refusal::TooLarge => {
            Problem::typed(Kind::Unprocessable, "total-too-large", "The total is too large. Order in parts.")
        }
    }
}

/// Names the lines of goods that are not there any more.
fn unknown(places: &[usize]) -> Problem {
    let detail = "Some products of your cart are not for sale any more. Remove them, then check out.";
    let problem = Problem::typed(Kind::Unprocessable, "product-unavailable", detail);
    places.iter().fold(problem, |problem, place| problem.with_field(line(*place), "is not for sale any more"))
}

/// Names the lines of goods whose tax nobody can know.
fn untaxable(goods: Vec<Untaxable>) -> Problem {
    let detail =
        "The shop can't say what tax is due on some products of your cart. Remove them, then check out.";
    let problem = Problem::typed(Kind::Unprocessable, "tax-class-unknown", detail);
    goods.into_iter().fold(problem, |problem, good| {
        let detail = format!("{}: the tax class {} has no rate", good.name, good.tax_class);
        problem.with_field(line(good.line), detail)
    })
}

/// Why an order can't be cancelled.
pub fn advance(error: advance::Error) -> Problem {
    match error {
        advance::Error::Unknown(_) => Problem::not_found("order"),
        advance::Error::Misfit(Misfit::Refused(state)) => Problem::typed(
            Kind::Conflict,
            "order-not-cancellable",
            format!("The order is {state} already and can't be cancelled any more."),
        ),
        advance::Error::AccountGone => Problem::account_gone(),
        advance::Error::NotHeld => Problem::unavailable(error),
        advance::Error::NotAllowed => {
            Problem::new(Kind::Forbidden, "Only administrators cancel the orders of others.")
        }
        advance::Error::Store(error) => error.into(),
        advance::Error::Misfit(misfit) => Problem::internal(misfit),
    }
}

/// Why an order does not go to another address.
pub fn correct_address(error: correct_address::Error) -> Problem {
    use correct_address::Error;
    match error {
        Error::Unknown(_) => Problem::not_found("order"),
        Error::AccountGone => Problem::account_gone(),
        Error::Changed => Problem::stale(),
        Error::NotAllowed => {
            Problem::new(Kind::Forbidden, "Only the shop's people correct the orders of others.")
        }
        Error::NoAddress(NoAddress::Elsewhere(field)) => Problem::typed(
            Kind::Unprocessable,
            "address-elsewhere",
            "Tax and shipping were computed for another place. Cancel the order, and order again with this address.",
        )
        .with_field(field, "must be that of the order"),
        Error::NoAddress(why) => Problem::typed(
            Kind::Conflict,
            "address-not-correctable",
            format!("The address can't be corrected any more: {why}."),
        ),
        Error::Store(error) => error.into(),
    }
}

fn at_most(left: u32) -> String {
    match left {
        0 => "must be at most 0: all of it is in returns".to_owned(),
        left => format!("must be at most {left}"),
    }
}

/// Why something can't be done with a return.
pub fn returns(error: returns::Error) -> Problem {
    match error {
        returns::Error::UnknownOrder => Problem::not_found("order"),
        returns::Error::AccountGone => Problem::account_gone(),
        returns::Error::Unknown(_) => Problem::not_found("return"),
        returns::Error::NotNow(state) => Problem::typed(
            Kind::Conflict,
            "order-not-returnable",
            format!("The order is {state}; it takes no returns, or not any more."),
        ),
        returns::Error::TooMany { place, left } => Problem::typed(
            Kind::Unprocessable,
            "return-too-large",
            "More is sent back than can be. Lower the quantities.",
        )
        .with_field(format!("lines[{place}].quantity"), at_most(left)),
        returns::Error::Refused(state) => Problem::typed(
            Kind::Conflict,
            "return-not-possible",
            format!("The return is {state}; `actions` says what can be done with it."),
        ),
        returns::Error::TooMuch { most } => Problem::typed(
            Kind::Unprocessable,
            "refund-too-large",
            format!("At most {most} can go back for these goods."),
        ),
        returns::Error::Uneven { step } => Problem::field(
            "amount_minor",
            format!(
                "must be a multiple of {}: the order was paid where nothing less than {step} is taken",
                step.amount_minor
            ),
        ),
        returns::Error::Store(error) => error.into(),
    }
}

/// What becomes of an event that can't be noted.
pub fn advance_event(error: advance::Error) -> EventError {
    match error {
        // The order is written before anybody hears of it: it is in a backup that is being restored, or never was.
        advance::Error::Unknown(_) | advance::Error::Misfit(Misfit::NotYet { .. }) => {
            EventError::NotYet(error.to_string())
        }
        advance::Error::Misfit(_)
        | advance::Error::NotAllowed
        | advance::Error::NotHeld
        | advance::Error::AccountGone => EventError::Invalid(error.to_string()),
        advance::Error::Store(error) => error.into(),
    }
}

/// What becomes of a parcel that came back and can't be noted.
pub fn came_back_event(error: came_back::Error) -> EventError {
    match error {
        came_back::Error::Order(error) => advance_event(error),
        came_back::Error::Return(returns::Error::Store(error)) | came_back::Error::Store(error) => {
            error.into()
        }
        came_back::Error::Return(error) => EventError::Invalid(error.to_string()),
    }
}

/// What becomes of a refund that can't be noted.
pub fn refund_event(error: refund::Error) -> EventError {
    match error {
        refund::Error::Unknown(_) => EventError::NotYet(error.to_string()),
        refund::Error::Overdrawn(_) => EventError::Invalid(error.to_string()),
        refund::Error::Store(error) => error.into(),
    }
}
