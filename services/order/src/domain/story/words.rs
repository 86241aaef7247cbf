//! What services tell, in sentences for staff.

use warung_contracts::{
    history::{
        Booking, Deed, Message, ParcelMoved, PaymentBooked, PaymentCall, PaymentReport, StockItem, StockMoved,
    },
    money::Money,
};

/// What was done, in a sentence.
pub fn of(deed: &Deed) -> String {
    match deed {
        Deed::Message(message) => of_message(message),
        Deed::Parcel(moved) => of_parcel(moved),
        Deed::Booking(booking) => of_booking(booking),
        Deed::PaymentCall(call) => of_call(call),
        Deed::PaymentReport(report) => of_report(report),
        Deed::PaymentBooked(booked) => of_booked(booked),
        Deed::PaymentDecision(made) => decision(&made.deed, made.amount, &made.reason),
        Deed::PaymentDifference(found) => {
            let standing = if found.resolved { "seen to" } else { "somebody has to look" };
            format!("{}: {}", found.detail, standing)
        }
        Deed::PaymentDispute(found) => dispute(&found.state, found.amount, (&found.provider, &found.reason)),
        Deed::Stock(moved) => of_stock(moved),
    }
}

/// What an administrator decided about a payment, and why; a deed of a later release is its own word.
pub fn decision(deed: &str, amount: Option<Money>, reason: &str) -> String {
    let amount = amount.map_or_else(|| "all".to_owned(), |amount| amount.to_string());
    let what = match deed {
        "capture" => format!("{amount} is to be captured"),
        "void" => "the payment is called off".to_owned(),
        "refund" => format!("{amount} is to go back"),
        "offline" => format!("the shop paid {amount} back itself"),
        "accept" => "the amount that differs is accepted".to_owned(),
        "return" => "the amount that differs goes back".to_owned(),
        "settled" => "the amount that differs was put right at the provider".to_owned(),
        other => other.to_owned(),
    };
    format!("{what}: {reason}")
}

/// What became of a customer's dispute of the payment; a state of a later release is its own word.
pub fn dispute(state: &str, amount: Money, (provider, reason): (&str, &str)) -> String {
    match state {
        "opened" => format!("the customer contests {amount} through {provider}: {reason}"),
        "inquiry" => format!("{provider} asks about {amount} for the customer: {reason}"),
        "won" => format!("the dispute of {amount} through {provider} is won: the shop keeps the money"),
        "lost" => format!("the dispute of {amount} through {provider} is lost: the customer keeps the money"),
        other => format!("the dispute of {amount} through {provider}: {other}"),
    }
}

/// A parcel that was not here any more when its order was cancelled.
pub fn recall(parcel: u32, delivered: bool) -> String {
    match delivered {
        true => format!(
            "parcel {parcel} was delivered although the order is cancelled: the customer has the goods and the money, \
             and the stock counts the goods"
        ),
        false => format!(
            "parcel {parcel} had left when the order was cancelled: it is called back, and the stock counts its goods"
        ),
    }
}

/// A sentence, and what is said beside it where something is.
fn with(sentence: String, beside: Option<&str>) -> String {
    match beside {
        Some(beside) => format!("{sentence}: {beside}"),
        None => sentence,
    }
}

fn of_message(message: &Message) -> String {
    let Message { event, channel, to, state, attempts, reason, .. } = message;
    // `order.confirmed` of `warung.order.confirmed.v1`.
    let event = event.strip_prefix("warung.").unwrap_or(event);
    let event = event.rsplit_once(".v").map_or(event, |(name, _)| name);
    let to = to.as_ref().map(|to| format!(" to {to}")).unwrap_or_default();
    let became = match state.as_str() {
        "pending" if *attempts == 0 => "waits to be sent".to_owned(),
        "pending" => format!("was not taken yet, {attempts} tried"),
        "sent" => "was sent".to_owned(),
        "delivered" => "arrived".to_owned(),
        "bounced" => "came back".to_owned(),
        "skipped" => "was not sent".to_owned(),
        "failed" => format!("could not be sent, {attempts} tried"),
        other => other.to_owned(),
    };
    with(format!("{channel} about {event}{to} {became}"), reason.as_deref())
}

fn of_parcel(moved: &ParcelMoved) -> String {
    let ParcelMoved { parcel, state, carrier, tracking_number, description, location } = moved;
    let what = description.as_ref().unwrap_or(state);
    let at = location.as_ref().map(|location| format!(" ({location})")).unwrap_or_default();
    // None until staff have chosen one.
    let with = if carrier.is_empty() { String::new() } else { format!(" with {carrier}") };
    let by = tracking_number.as_ref().map(|number| format!(" {number}")).unwrap_or_default();
    format!("parcel {parcel}{with}{by}: {what}{at}")
}

fn of_booking(booking: &Booking) -> String {
    let Booking { parcel, carrier, state, reason } = booking;
    let what = match state.as_str() {
        "booked" => format!("{carrier} takes parcel {parcel}"),
        "refused" => format!("{carrier} does not take parcel {parcel}"),
        "released" => format!("{carrier} knows that parcel {parcel} stays"),
        other => format!("{carrier}, parcel {parcel}: {other}"),
    };
    with(what, reason.as_deref())
}

fn of_call(call: &PaymentCall) -> String {
    let PaymentCall { call, provider, method, amount, state, outcome, tries, reason } = call;
    let what = match call.as_str() {
        "open" => "payment",
        "authorize" => "setting aside",
        "void" => "calling off",
        "offline" => "refund by the shop itself",
        other => other,
    };
    let amount = amount.map(|amount| format!(" of {amount}")).unwrap_or_default();
    let method = method.as_ref().map(|method| format!(" by {method}")).unwrap_or_default();
    let became = match (state.as_str(), outcome) {
        ("refused", outcome) => with("refused".to_owned(), outcome.as_deref()),
        ("started", Some(outcome)) => format!("no answer yet, {tries} tried: {outcome}"),
        ("started", None) => "no answer yet".to_owned(),
        (_, outcome) => outcome.clone().unwrap_or_else(|| state.clone()),
    };
    format!("{what}{amount} at {provider}{method}, because {reason}: {became}")
}

fn of_report(report: &PaymentReport) -> String {
    let PaymentReport { provider, by, from, to, outcome, .. } = report;
    let told = match by.as_str() {
        "webhook" => "was asked after its webhook",
        _ => "was compared with the books",
    };
    let moved = if from == to { format!("still {to}") } else { format!("{from} to {to}") };
    format!("{provider} {told}: {outcome}; the payment is {moved}")
}

fn of_booked(booked: &PaymentBooked) -> String {
    let PaymentBooked { movement, provider, amount } = booked;
    match movement.as_str() {
        "capture" => format!("{amount} came in through {provider}"),
        "fee" => format!("{provider} keeps {amount}"),
        "chargeback" => format!("{amount} was taken back through {provider}"),
        "reinstatement" => format!("{amount} was given back to the shop through {provider}"),
        other => format!("{other} of {amount} through {provider}"),
    }
}

fn of_stock(moved: &StockMoved) -> String {
    let StockMoved { movement, reason, items } = moved;
    let what = match movement.as_str() {
        "reserved" => "set aside",
        "rejected" => "too little stock, nothing is set aside",
        "committed" => "sold",
        "taken" => "sold after the reservation had expired",
        "released" => "free again",
        "expired" => "free again, because time ran out",
        "returned" => "in stock again",
        "restocked" => "sent back and in stock again",
        other => other,
    };
    let why = reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let item = |StockItem { sku, quantity, location }: &StockItem| format!("{quantity} {sku} at {location}");
    let goods: Vec<String> = items.iter().map(item).collect();
    let goods = Some(goods.join(", ")).filter(|goods| !goods.is_empty());
    with(format!("{what}{why}"), goods.as_deref())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn words(kind: &str, details: Value) -> String {
        of(&serde_json::from_value(json!({"kind": kind, "details": details})).unwrap())
    }

    #[test]
    fn messages_say_what_became_of_them() {
        let message = |state: &str, attempts: u32, reason: Option<&str>| {
            let (event, to) = ("warung.order.confirmed.v1", "s***@example.com");
            let details = json!({"event": event, "channel": "email", "reader": "customer", "to": to, "state": state,
                "attempts": attempts, "reason": reason});
            words("message", details)
        };
        let about = "email about order.confirmed to s***@example.com";
        assert_eq!(message("sent", 1, None), format!("{about} was sent"));
        assert_eq!(message("pending", 0, None), format!("{about} waits to be sent"));
        let later = message("pending", 2, Some("451 later"));
        assert_eq!(later, format!("{about} was not taken yet, 2 tried: 451 later"));
        assert_eq!(
            message("skipped", 0, Some("unsubscribed")),
            format!("{about} was not sent: unsubscribed")
        );
        let push = json!({"event": "strange", "channel": "push", "reader": "customer", "state": "read", "attempts": 1});
        assert_eq!(words("message", push), "push about strange read");
    }

    #[test]
    fn parcels_and_bookings_name_carrier_and_place() {
        let mut details = json!({"parcel": 2, "state": "dispatched", "carrier": "Sandbox Express"});
        assert_eq!(words("parcel", details.clone()), "parcel 2 with Sandbox Express: dispatched");
        let waiting = json!({"parcel": 2, "state": "created", "carrier": ""});
        assert_eq!(words("parcel", waiting), "parcel 2: created");
        details["tracking_number"] = json!("SBX1");
        details["description"] = json!("It is on its way.");
        details["location"] = json!("Cirebon");
        assert_eq!(
            words("parcel", details),
            "parcel 2 with Sandbox Express SBX1: It is on its way. (Cirebon)"
        );
        let refused = json!({"parcel": 1, "carrier": "Pos", "state": "refused", "reason": "too far"});
        assert_eq!(words("booking", refused), "Pos does not take parcel 1: too far");
    }

    #[test]
    fn calls_say_what_was_asked_why_and_what_came_of_it() {
        let call = |more: Value| {
            let mut details = json!({"call": "open", "provider": "sandbox", "state": "done", "tries": 1,
                "amount": {"amount_minor": 500_000, "currency": "IDR"}, "reason": "stock is set aside"});
            details.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            words("payment_call", details)
        };
        let opened = "payment of IDR 5000.00 at sandbox, because stock is set aside";
        assert_eq!(
            call(json!({"outcome": "captured IDR 5000.00"})),
            format!("{opened}: captured IDR 5000.00")
        );
        assert_eq!(
            call(json!({"state": "refused", "outcome": "declined"})),
            format!("{opened}: refused: declined")
        );
        let lost = call(json!({"state": "started", "tries": 3, "outcome": "timed out"}));
        assert_eq!(lost, format!("{opened}: no answer yet, 3 tried: timed out"));
        let void = json!({"call": "void", "amount": null, "method": "qris", "outcome": "called off"});
        assert_eq!(call(void), "calling off at sandbox by qris, because stock is set aside: called off");
    }

    #[test]
    fn money_and_stock_are_told_in_words() {
        let report = json!({"provider": "sandbox", "by": "webhook", "webhook": "e1", "from": "pending", "to": "succeeded",
            "outcome": "captured IDR 1.00"});
        let told =
            "sandbox was asked after its webhook: captured IDR 1.00; the payment is pending to succeeded";
        assert_eq!(words("payment_report", report), told);
        let money = json!({"amount_minor": 500_000, "currency": "IDR"});
        let fee = json!({"movement": "fee", "provider": "sandbox", "amount": money});
        assert_eq!(words("payment_booked", fee), "sandbox keeps IDR 5000.00");
        let back = json!({"movement": "chargeback", "provider": "stripe", "amount": money});
        assert_eq!(words("payment_booked", back), "IDR 5000.00 was taken back through stripe");
        let lost = json!({"provider": "stripe", "reference": "dp_1", "amount": money, "reason": "fraudulent", "state": "lost"});
        let said = "the dispute of IDR 5000.00 through stripe is lost: the customer keeps the money";
        assert_eq!(words("payment_dispute", lost), said);
        let item = json!({"sku": "KOPI", "quantity": 2, "location": "main"});
        let freed = json!({"movement": "released", "reason": "payment_failed", "items": [item]});
        assert_eq!(words("stock", freed), "free again (payment_failed): 2 KOPI at main");
        let short = json!({"movement": "rejected", "items": []});
        assert_eq!(words("stock", short), "too little stock, nothing is set aside");
    }
}
