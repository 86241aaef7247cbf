//! Whatever a shop writes: it is refused, or every message of it is short.

use proptest::prelude::*;

use super::*;

/// What may stand in a template, with much that may not.
fn piece() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "words, ",
        "\n",
        "a\t1\n",
        "http://x ",
        "<&\"> ",
        "{{ name }}",
        "{{ x }}",
        "{{ event }}",
        "{{ event.lines | length }}",
        "{{ event.total | money }}",
        "{{ event.shipping_address | address | upper }}",
        "{{ name | title if number else link }}",
        "{% include language ~ '/bill.txt' %}",
    ]);
    let growing = prop::sample::select(vec![
        "{{ 'x' * 100000000 }}",
        "{{ [1] * 100000000 }}",
        "{{ name ~ name }}",
        "{% set x = x ~ x %}",
        "{{ name | indent(100000000) }}",
        "{{ '%099999999d' | format(1) }}",
        "{{ name | center(100000000) }}",
        "{{ range(100000) | join(name) }}",
        "{{ name.replace('', name) }}",
    ]);
    let leaf = prop_oneof![20 => leaf, 1 => growing].prop_map(str::to_owned);
    leaf.prop_recursive(6, 64, 6, |inner| {
        let many = prop::collection::vec(inner, 1..6).prop_map(|all| all.concat());
        let around = prop::sample::select(vec![
            ("{% for x in event.lines %}", "{% endfor %}"),
            ("{% for x in [1, 2, 3, 4, 5, 6, 7, 8, 9] %}", "{% endfor %}"),
            ("{% for x in (event | bill).items %}", "{% endfor %}"),
            ("{% if name %}", "{% else %}-{% endif %}"),
            ("", ""),
        ]);
        let refused = prop::sample::select(vec![
            ("{% for x in event.lines recursive %}", "{{ loop(event.lines) }}{% endfor %}"),
            ("{% filter upper %}", "{% endfilter %}"),
            ("{% macro a() %}", "{{ a() }}{% endmacro %}"),
        ]);
        let around = prop_oneof![20 => around, 1 => refused];
        (around, many).prop_map(|((begin, end), inner)| format!("{begin}{inner}{end}"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn what_is_taken_is_short_and_ends(subject in piece(), body in piece()) {
        let kind = kind("warung.order.placed.v1", Channel::Email, Language::English);
        let (templates, wording) = (templates(), words(&subject, &body));
        if templates.check(kind, &wording, facts()).is_ok() {
            let text = templates.render(kind, Some(&wording), &sample(kind.event_type).unwrap(), facts()).unwrap();
            prop_assert!(text.subject.len() <= OWN_MAX);
            // Each row may be filled up with blanks, as wide as a mail is.
            prop_assert!(text.body.len() <= OWN_MAX + 100 * LINES_MAX, "{}", text.body.len());
            prop_assert!(text.html.unwrap().len() <= PART_MAX);
        }
    }

    #[test]
    fn no_text_is_too_much_for_the_check(source in "[a-z{}%|~*. ()'\\[\\]\n]{0,60}", body in piece(), cut in 0..200_usize) {
        let end = body.char_indices().nth(cut).map_or(body.len(), |(place, _)| place);
        for source in [&source[..], &body[..end]] {
            let _ = grammar::check(source);
        }
    }
}
