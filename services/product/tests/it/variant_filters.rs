//! Filters and facets against a model: lists of products with variants, filtered in plain Rust.

use std::collections::BTreeMap;

use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use serde_json::{Value, json};
use warung_chassis::testing::TestApp;

use crate::shop::{add, idr, post, start};

const SIZES: [&str; 3] = ["S", "M", "L"];
const COLOURS: [&str; 3] = ["Red", "Green", "1,5 kg"];
/// Catalogues that are tried, each in a category of its own, and filters for each.
const CATALOGUES: usize = 6;
const FILTERS: usize = 15;

#[derive(Debug, Clone)]
struct Kind {
    size: &'static str,
    colour: &'static str,
    price: i64,
    compare_at: Option<i64>,
    stock: i64,
}

type Goods = Vec<Kind>;

#[derive(Debug, Clone, Default)]
struct Filter {
    sizes: Vec<&'static str>,
    colours: Vec<&'static str>,
    least: Option<i64>,
    most: Option<i64>,
    in_stock: bool,
    on_sale: bool,
}

impl Filter {
    fn fits(&self, kind: &Kind) -> bool {
        let among = |values: &[&str], value: &str| values.is_empty() || values.contains(&value);
        among(&self.sizes, kind.size)
            && among(&self.colours, kind.colour)
            && self.least.is_none_or(|least| kind.price >= least)
            && self.most.is_none_or(|most| kind.price <= most)
            && (!self.in_stock || kind.stock > 0)
            && (!self.on_sale || kind.compare_at.is_some())
    }

    /// How many products of these it shows.
    fn count(&self, goods: &[Goods]) -> u64 {
        goods.iter().filter(|kinds| kinds.iter().any(|kind| self.fits(kind))).count() as u64
    }

    fn query(&self) -> String {
        let size = self.sizes.iter().map(|size| format!("Size:{size}"));
        let colour = self.colours.iter().map(|colour| format!("Colour:{colour}"));
        let options = size.chain(colour).collect::<Vec<_>>().join(",").replace(' ', "%20");
        let bound = |name, bound: Option<i64>| bound.map(|bound| format!("&{name}={bound}"));
        let least = bound("price_min_minor", self.least).unwrap_or_default();
        let most = bound("price_max_minor", self.most).unwrap_or_default();
        format!("options={options}{least}{most}&in_stock={}&on_sale={}", self.in_stock, self.on_sale)
    }
}

fn goods() -> impl Strategy<Value = Goods> {
    let kind = (1..=5_i64, any::<bool>(), 0..=2_i64);
    prop::collection::btree_map((0..3_usize, 0..3_usize), kind, 1..=4).prop_map(|kinds| {
        let kind = |((size, colour), (price, sale, stock)): ((usize, usize), (i64, bool, i64))| Kind {
            size: SIZES[size],
            colour: COLOURS[colour],
            price: price * 10,
            compare_at: sale.then_some(price * 20),
            stock,
        };
        kinds.into_iter().map(kind).collect()
    })
}

fn filter() -> impl Strategy<Value = Filter> {
    let some = |all: [&'static str; 3]| prop::sample::subsequence(all.to_vec(), 0..=2);
    let bound = || prop::option::of((1..=5_i64).prop_map(|price| price * 10));
    (some(SIZES), some(COLOURS), bound(), bound(), any::<bool>(), any::<bool>()).prop_map(
        |(sizes, colours, least, most, in_stock, on_sale)| Filter {
            sizes,
            colours,
            least,
            most,
            in_stock,
            on_sale,
        },
    )
}

fn body(sku: &str, category: &Value, kinds: &Goods) -> Value {
    let variant = |(n, kind): (usize, &Kind)| {
        json!({
            "sku": format!("{sku}-{n}"), "price": idr(kind.price), "compare_at": kind.compare_at.map(idr),
            "stock": kind.stock, "option_values": {"Size": kind.size, "Colour": kind.colour},
        })
    };
    let mut variants: Vec<Value> = kinds.iter().enumerate().map(variant).collect();
    let mut product = variants.remove(0);
    product["name"] = json!(sku);
    product["category_id"] = category.clone();
    product["variants"] = json!(variants);
    product["options"] = json!([{"name": "Size", "values": SIZES}, {"name": "Colour", "values": COLOURS}]);
    product
}

async fn get(app: &TestApp, path: &str) -> Value {
    let answer = app.send("GET", path, None, None).await;
    assert_eq!(answer.status, 200, "{path}: {:?}", answer.body);
    answer.body
}

/// What a list shows of each product: id, price, number of items.
fn shown(list: &Value) -> Vec<(String, i64, i64)> {
    let item = |item: &Value| {
        let number = |value: &Value| value.as_i64().unwrap();
        (item["id"].to_string(), number(&item["price"]["amount_minor"]), number(&item["available"]))
    };
    list["items"].as_array().unwrap().iter().map(item).collect()
}

/// What it should show, the cheapest first.
fn expected(filter: &Filter, catalogue: &BTreeMap<String, Goods>) -> Vec<(String, i64, i64)> {
    let product = |(id, kinds): (&String, &Goods)| {
        let fitting = || kinds.iter().filter(|kind| filter.fits(kind));
        let price = fitting().map(|kind| kind.price).min()?;
        Some((id.clone(), price, fitting().map(|kind| kind.stock).sum()))
    };
    let mut products: Vec<_> = catalogue.iter().filter_map(product).collect();
    products.sort_by_key(|(id, price, _)| (*price, id.clone()));
    products
}

/// Every count is what a list shows once it is chosen.
fn check_facets(facets: &Value, filter: &Filter, goods: &[Goods]) {
    let with = |change: &dyn Fn(&mut Filter)| {
        let mut chosen = filter.clone();
        change(&mut chosen);
        chosen.count(goods)
    };
    assert_eq!(facets["total"], filter.count(goods), "{filter:?}");
    assert_eq!(facets["in_stock"], with(&|chosen| chosen.in_stock = true), "{filter:?}");
    assert_eq!(facets["on_sale"], with(&|chosen| chosen.on_sale = true), "{filter:?}");
    for (option, values) in [("Size", SIZES), ("Colour", COLOURS)] {
        for value in values {
            let count = with(&|chosen| match option {
                "Size" => chosen.sizes = vec![value],
                _ => chosen.colours = vec![value],
            });
            assert_eq!(counted(facets, option, value), count, "{option} {value}: {filter:?}");
        }
    }
    for range in facets["prices"].as_array().unwrap() {
        let (least, most) = (range["min_minor"].as_i64(), range["max_minor"].as_i64());
        let count = with(&|chosen| (chosen.least, chosen.most) = (least, most));
        assert_eq!(range["count"], count, "{range}: {filter:?}");
    }
}

fn counted(facets: &Value, option: &str, value: &str) -> u64 {
    let of = |list: &Value, key: &str, name: &str| {
        list.as_array().and_then(|all| all.iter().find(|known| known[key] == name).cloned())
    };
    let values = of(&facets["options"], "name", option).map(|known| known["values"].clone());
    values.and_then(|values| of(&values, "value", value)?["count"].as_u64()).unwrap_or(0)
}

#[tokio::test]
async fn all_that_is_asked_holds_for_one_variant_in_lists_and_in_every_facet() {
    let app = start().await;
    let mut runner = TestRunner::deterministic();
    let drawn = (prop::collection::vec(goods(), 3..=7), prop::collection::vec(filter(), FILTERS));
    for n in 0..CATALOGUES {
        let (goods, filters) = drawn.new_tree(&mut runner).unwrap().current();
        let category = json!({"slug": format!("c-{n}"), "name": "C"});
        let category = post(&app, "/api/v1/categories", category).await.body["id"].clone();
        let mut catalogue = BTreeMap::new();
        for (m, kinds) in goods.iter().enumerate() {
            let made = add(&app, body(&format!("P{n}-{m}"), &category, kinds)).await;
            catalogue.insert(made["id"].to_string(), kinds.clone());
        }
        let category = category.as_str().unwrap();
        // What asks nothing is counted by another way than what does.
        for filter in filters.into_iter().chain([Filter::default()]) {
            let query = format!("category_id={category}&{}", filter.query());
            let list = get(&app, &format!("/api/v1/products?sort=price_asc&{query}")).await;
            let expected = expected(&filter, &catalogue);
            assert_eq!(shown(&list), expected, "{filter:?} of {goods:?}");
            let mut falling = shown(&get(&app, &format!("/api/v1/products?sort=price_desc&{query}")).await);
            falling.reverse();
            assert_eq!(falling, expected, "{filter:?} of {goods:?}");
            let facets = get(&app, &format!("/api/v1/products/facets?{query}")).await;
            check_facets(&facets, &filter, &goods);
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn a_shirt_is_found_by_what_one_of_its_variants_is() {
    let app = start().await;
    let kind = |size, colour, price, stock| Kind { size, colour, price, compare_at: None, stock };
    let kinds = vec![kind("S", "Red", 20, 0), kind("L", "Green", 30, 4)];
    let made = add(&app, body("KAOS", &Value::Null, &kinds)).await;
    for (query, found) in [
        ("options=Size:S,Colour:Green", false),
        ("options=Size:S&in_stock=true", false),
        ("options=Size:L&price_min_minor=25&price_max_minor=35", true),
        ("options=Size:L&price_max_minor=25", false),
    ] {
        for path in ["/api/v1/products?", "/api/v1/products/search?q=kaos&"] {
            let list = get(&app, &format!("{path}{query}")).await;
            assert_eq!(shown(&list).len(), usize::from(found), "{path}{query}");
        }
    }
    let list = get(&app, "/api/v1/products?options=Size:L").await;
    let item = &list["items"][0];
    assert_eq!(
        (&item["variant_id"], &item["price"]["amount_minor"]),
        (&made["variants"][1]["id"], &json!(30))
    );
    let walked = get(&app, "/api/v1/products?options=Size:L&sort=price_asc&limit=1").await;
    assert!(walked["next_cursor"].is_null());
    app.stop().await;
}

#[tokio::test]
async fn documents_of_an_earlier_version_are_made_anew() {
    let app = start().await;
    let kinds = vec![Kind { size: "S", colour: "Red", price: 20, compare_at: None, stock: 1 }];
    add(&app, body("KAOS", &Value::Null, &kinds)).await;
    assert_eq!(app.run_job("mend_documents").await, 0);
    let earlier = "UPDATE catalog_documents SET shape = 1; DELETE FROM catalog_variants";
    sqlx::raw_sql(earlier).execute(app.db.as_ref().unwrap().pool()).await.unwrap();
    assert_eq!(app.run_job("mend_documents").await, 1);
    let list = get(&app, "/api/v1/products?options=Size:S").await;
    assert_eq!(shown(&list).len(), 1);
    app.stop().await;
}
