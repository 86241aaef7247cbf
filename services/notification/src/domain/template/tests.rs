use super::*;

mod bills;
mod bounds;

const REFUNDED: &str = "warung.payment.refunded.v1";
const REGISTERED: &str = "warung.auth.user_registered.v1";

fn kind(event_type: &str, channel: Channel, language: Language) -> Kind<'_> {
    Kind { event_type, channel, language }
}

fn facts() -> Facts<'static> {
    Facts {
        shop: "Kopi",
        reader: "customer",
        name: "Siti",
        number: "KOPI-000042",
        link: "https://kopi.example/verify-email?token=__TOKEN__",
        unsubscribe: "https://kopi.example/off?token=x",
    }
}

fn templates() -> Templates {
    Templates::new(TimeZone::UTC).unwrap()
}

#[test]
fn every_event_is_told_by_email_in_every_language() {
    let told = templates().events();
    for (event_type, channels) in &told {
        assert!(channels.contains(&Channel::Email), "{event_type}: {channels:?}");
    }
    assert!(told.iter().any(|(_, channels)| channels.len() == 3));
}

#[test]
fn no_template_is_without_its_event_and_its_twin() {
    let told = templates().events();
    let known = |name: &str| {
        let endings = Channel::ALL.map(|channel| format!(".{}", channel.ending()));
        let mut files =
            told.iter().flat_map(|(event, _)| endings.iter().map(move |end| format!("{}{end}", bare(event))));
        ["unsubscribe.txt", "bill.txt"].contains(&name)
            || files.any(|file| file == name)
            || name.ends_with(".html")
    };
    for language in Language::ALL {
        for file in FILES.get_dir(language.tag()).unwrap().files() {
            let name = file.path().file_name().unwrap().to_string_lossy().into_owned();
            assert!(known(&name), "{}: nothing is told by it", file.path().display());
            for other in Language::ALL {
                let twin = format!("{}/{name}", other.tag());
                assert!(FILES.get_file(&twin).is_some(), "{twin} is missing");
            }
        }
    }
}

#[test]
fn every_message_can_be_written_of_its_sample() {
    let templates = templates();
    for (event_type, channels) in templates.events() {
        for (channel, language) in channels.iter().flat_map(|c| Language::ALL.map(|language| (*c, language)))
        {
            let text = templates.preview(kind(event_type, channel, language), None, facts());
            let text = text.unwrap_or_else(|error| panic!("{event_type} {channel} {language:?}: {error:#}"));
            assert_eq!(text.subject.is_empty(), channel == Channel::Sms, "{text:?}");
            assert!(!text.body.contains("{{") && !text.body.contains("{%"), "{text:?}");
            // A text message that fits two parts of GSM-7 (153 characters each); push shows little more than a line.
            let most = match channel {
                Channel::Email => usize::MAX,
                Channel::Sms => 306,
                Channel::Push => 200,
            };
            assert!(text.body.chars().count() <= most, "{event_type} {channel}: {}", text.body);
        }
    }
}

#[test]
fn a_message_holds_amounts_as_the_reader_writes_them() {
    let event = serde_json::json!({"amount": {"amount_minor": 1_500_000, "currency": "IDR"}});
    let render = |language| {
        let text =
            templates().render(kind(REFUNDED, Channel::Email, language), None, &event, facts()).unwrap();
        (text.body, text.html.unwrap())
    };
    let (id, en) = (render(Language::Indonesian), render(Language::English));
    assert!(id.0.contains("Rp 15.000 ") && id.1.contains("Rp 15.000 "), "{id:?}");
    assert!(en.0.contains("IDR 15,000 ") && en.1.contains("IDR 15,000 "), "{en:?}");
}

#[test]
fn staff_and_customer_read_of_a_return_in_words_of_their_own() {
    for event_type in ["warung.order.return_requested.v1", "warung.order.return_withdrawn.v1"] {
        for language in Language::ALL {
            let told = |reader| {
                let kind = kind(event_type, Channel::Email, language);
                templates().preview(kind, None, Facts { reader, ..facts() }).unwrap()
            };
            let (staff, customer) = (told("staff"), told("customer"));
            assert_ne!(staff.subject, customer.subject);
            assert!(staff.body.contains("ret_") && !customer.body.contains("ret_"), "{staff:?} {customer:?}");
            assert!(customer.body.contains("1 x Kopi Gayo 250 g, Giling halus"), "{}", customer.body);
        }
    }
}

#[test]
fn an_event_that_does_not_fit_its_template_is_a_fault() {
    let event = serde_json::json!({});
    for event_type in [REFUNDED, "warung.made.up.v1"] {
        let kind = kind(event_type, Channel::Email, Language::English);
        assert!(templates().render(kind, None, &event, facts()).is_err(), "{event_type}");
    }
}

#[test]
fn a_name_can_add_no_header_and_no_markup() {
    for hostile in [
        "Siti\r\nBcc: x@example.com",
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "</p><a href='https://evil.example'>here</a>",
        "{{ event }} {% raw %}",
        "&lt;b&gt;",
    ] {
        for language in Language::ALL {
            let facts = Facts { name: hostile, ..facts() };
            let text = templates().preview(kind(REGISTERED, Channel::Email, language), None, facts).unwrap();
            assert!(!text.subject.contains(['\r', '\n']), "{text:?}");
            let html = text.html.unwrap();
            for markup in ["<script", "<img", "<a href='", "onerror=alert(1)>"] {
                assert!(!html.contains(markup), "{html}");
            }
            if hostile == "&lt;b&gt;" {
                assert!(html.contains("&amp;lt;b&amp;gt;"), "{html}");
            }
        }
    }
}

#[test]
fn a_link_keeps_its_place_for_the_token_in_both_parts() {
    let kind = kind("warung.auth.password_reset_requested.v1", Channel::Email, Language::English);
    let text = templates().preview(kind, None, Facts { unsubscribe: "", ..facts() }).unwrap();
    assert!(text.body.contains(TOKEN) && text.html.unwrap().contains(TOKEN));
    assert!(!text.body.contains("-- "), "nobody unsubscribes from their security");
}

#[test]
fn what_can_be_switched_off_says_where() {
    let text =
        templates().preview(kind(REGISTERED, Channel::Email, Language::Indonesian), None, facts()).unwrap();
    assert!(text.body.ends_with("https://kopi.example/off?token=x\n"), "{}", text.body);
    assert!(text.body.contains("\n\n-- \n"), "{}", text.body);
    let html = text.html.unwrap();
    assert!(html.contains("kopi.example") && !html.contains("-- "), "{html}");
}

#[test]
fn a_parcel_on_its_way_is_followed_where_its_page_is_and_leaves_no_gap_where_it_is_not() {
    let page = "https://sandbox.example/track/SBX1";
    let event = |tracking_url: Option<&str>, parcels: u32| {
        serde_json::json!({"carrier": "Sandbox Express", "tracking_number": "SBX1", "tracking_url": tracking_url,
            "parcel": 1, "parcels": parcels})
    };
    for language in Language::ALL {
        let kind = kind("warung.shipment.dispatched.v1", Channel::Email, language);
        for (url, parcels) in [(None, 1), (None, 2), (Some(page), 1), (Some(page), 2)] {
            let text = templates().render(kind, None, &event(url, parcels), facts()).unwrap();
            assert!(!text.body.contains("\n\n\n"), "{}", text.body);
            assert_eq!(text.body.contains(&format!(": {page}\n")), url.is_some(), "{}", text.body);
            // Greeting, the parcel, which of several, the order, the footer.
            let paragraphs = text.body.trim_end().split("\n\n").count();
            assert_eq!(paragraphs, if parcels > 1 { 5 } else { 4 }, "{}", text.body);
            let html = text.html.unwrap();
            assert_eq!(html.contains("sandbox.example"), url.is_some(), "{html}");
        }
        // Of before there was a page.
        let old = serde_json::json!({"carrier": "Sandbox Express", "tracking_number": "SBX1"});
        let text = templates().render(kind, None, &old, facts()).unwrap();
        assert!(text.body.contains("SBX1\n\n") && !text.body.contains("\n\n\n"), "{}", text.body);
    }
}

#[test]
fn each_parcel_that_arrives_says_which_it_is_and_what_is_to_come() {
    let told = |language, channel, event: &serde_json::Value| {
        let kind = kind("warung.shipment.delivered.v1", channel, language);
        let text = templates().render(kind, None, event, facts()).unwrap();
        format!("{}\n{}", text.subject, text.body)
    };
    for (language, which, to_come) in [
        (Language::English, ["arcel 1 of 3", "arcel 2 of 3", "arcel 3 of 3"], "still to come"),
        (Language::Indonesian, ["aket 1 dari 3", "aket 2 dari 3", "aket 3 dari 3"], "asih ada"),
    ] {
        for channel in Channel::ALL {
            for (which, parcel) in which.iter().zip(1..) {
                let mut event = serde_json::json!({"parcel": parcel, "parcels": 3});
                // Nothing is said of none.
                if parcel < 3 {
                    event["remaining"] = (3 - parcel).into();
                }
                let text = told(language, channel, &event);
                assert!(text.contains(which), "{text}");
                assert_eq!(text.contains(to_come), parcel < 3, "{text}");
            }
            let alone = told(language, channel, &serde_json::json!({}));
            assert!(!alone.contains(" 1 ") && !alone.contains(to_come), "{alone}");
        }
    }
}

#[test]
fn who_is_to_pay_reads_how_without_opening_a_page() {
    let event = |next_action: serde_json::Value| {
        serde_json::json!({
            "amount": {"amount_minor": 16_000_000, "currency": "IDR"}, "expires_at": "2026-11-21T10:00:00Z",
            "next_action": next_action,
        })
    };
    let transfer = serde_json::json!({"type": "transfer", "bank": "bca", "account_number": "812345678901"});
    let mandiri = serde_json::json!({"type": "transfer", "bank": "mandiri", "account_number": "991", "reference": "70012"});
    let (qr, image) =
        (serde_json::json!({"type": "show_qr", "content": "000201"}), "https://qr.example/1.png");
    let seen = serde_json::json!({"type": "show_qr", "content": "000201", "image_url": image});
    let redirect = serde_json::json!({"type": "redirect", "url": "https://pay.example.com/1"});
    for (language, amount, page) in [
        (Language::English, "IDR 160,000", "page of your order"),
        (Language::Indonesian, "Rp 160.000", "halaman pesanan"),
    ] {
        let kind = kind("warung.payment.pending.v1", Channel::Email, language);
        for (action, told) in [
            (&transfer, vec!["BCA\n", " 812345678901\n"]),
            (&mandiri, vec!["MANDIRI\n", " 991\n", " 70012\n"]),
            (&qr, vec![page]),
            (&seen, vec![page, image]),
            (&redirect, vec!["https://pay.example.com/1\n"]),
            (&serde_json::json!({"type": "confirm"}), vec![page]),
            (&serde_json::json!({"type": "wait"}), vec![]),
        ] {
            let text = templates().render(kind, None, &event(action.clone()), facts()).unwrap();
            for words in told.iter().chain([&amount, &"2026-11-21 10:00 UTC"]) {
                assert!(text.body.contains(words), "{words}: {}", text.body);
            }
            assert!(!text.body.contains("\n\n\n") && text.body.contains("\n\n"), "{}", text.body);
            let link = format!(": {}\n", facts().link);
            assert!(text.body.contains(&link), "{}", text.body);
        }
    }
}

fn words(subject: &str, body: &str) -> Wording {
    Wording { subject: subject.into(), body: body.into() }
}

#[test]
fn every_built_in_text_is_one_that_a_shop_could_have_written() {
    let templates = templates();
    for (event_type, channels) in templates.events() {
        for (channel, language) in channels.into_iter().flat_map(|c| Language::ALL.map(|l| (c, l))) {
            let kind = kind(event_type, channel, language);
            let built_in = templates.built_in(kind).unwrap();
            assert_eq!(templates.check(kind, &built_in, facts()), Ok(()), "{kind:?}");
            assert_eq!(
                templates.preview(kind, Some(&built_in), facts()).unwrap(),
                templates.preview(kind, None, facts()).unwrap(),
            );
        }
    }
}

/// A text in loops of nine steps, one in the other.
fn looped(text: &str, depth: usize) -> String {
    let (begin, end) = ("{% for i in [1, 2, 3, 4, 5, 6, 7, 8, 9] %}", "{% endfor %}");
    begin.repeat(depth) + text + &end.repeat(depth)
}

#[test]
fn words_that_can_not_be_sent_are_refused_with_the_reason() {
    let (email, sms) = (kind(REFUNDED, Channel::Email, Language::English), "warung.shipment.delivered.v1");
    let sms = kind(sms, Channel::Sms, Language::English);
    let reset = kind("warung.auth.password_reset_requested.v1", Channel::Email, Language::English);
    for (kind, wording, field, reason) in [
        (email, words("Hi {{ nmae }}", "x"), "subject", "names nmae"),
        (
            email,
            words("Hi", "{% if event.amount.amount_minor < 0 %}{{ secret }}{% endif %}"),
            "body",
            "names secret",
        ),
        (email, words("Hi", "a\n{{ event.colour }}"), "body", "in line 2"),
        (email, words("Hi", "{{ name"), "body", "can't be filled in"),
        (email, words("Hi", "{{ event.amount | shout }}"), "body", "unknown filter"),
        (email, words("Hi", "a\n{{ 'x' * 100000000 }}"), "body", "multiplication `*` in line 2"),
        (email, words("{% set a = name %}{{ a }}", "x"), "subject", "`set` in line 1"),
        (email, words("Hi", &looped("", 9)), "body", "fuel"),
        (email, words("Hi", &looped(&"x".repeat(1000), 2)), "body", "longer than 64 KiB"),
        (email, words("Hi", &looped(&"\n".repeat(1000), 1)), "body", "more than 4000 lines"),
        (email, words(" ", "x"), "subject", "is empty"),
        (sms, words("Hi", "x"), "subject", "must be empty"),
        (reset, words("Hi", "Hello {{ name }}"), "body", "no {{ link }}"),
    ] {
        let flaw = templates().check(kind, &wording, facts()).unwrap_err();
        assert_eq!(flaw.field, field, "{flaw}");
        assert!(flaw.detail.contains(reason), "{flaw}");
    }
}

#[test]
fn words_of_before_there_was_a_rule_give_way_to_the_built_in_ones() {
    let kind = kind(REFUNDED, Channel::Email, Language::English);
    let event = sample(REFUNDED).unwrap();
    let built_in = templates().render(kind, None, &event, facts()).unwrap();
    let doubled = "{% set a = a ~ a %}".repeat(30);
    for body in ["{{ \"x\" * 20000000 }}".to_owned(), format!("{{% set a = name %}}{doubled}{{{{ a }}}}")] {
        assert_eq!(templates().tell(kind, Some(&words("Hi", &body)), &event, facts()).unwrap(), built_in);
    }
}

#[test]
fn a_shops_own_words_are_text_and_never_markup() {
    let kind = kind(REFUNDED, Channel::Email, Language::English);
    let wording = words("Rp {{ event.amount | money }}", "<b>Dear</b> {{ name }}\nhttps://kopi.example/a");
    let text = templates().preview(kind, Some(&wording), Facts { name: "<i>Siti", ..facts() }).unwrap();
    let html = text.html.unwrap();
    assert!(
        html.contains("&lt;b&gt;Dear") && html.contains("&lt;i&gt;Siti") && !html.contains("<b>"),
        "{html}"
    );
    assert!(html.contains(r#"<a href="https:&#x2f;&#x2f;kopi.example&#x2f;a">"#), "{html}");
    assert!(text.body.contains("<b>Dear</b> <i>Siti"), "{}", text.body);
}
