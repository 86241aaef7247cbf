//! A real product and a real cart, each on a port of its own.

use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use warung_chassis::{
    server,
    testing::{TestApp, admin},
};
use warung_contracts::{
    event::{Event, TaxClassChanged},
    grpc::cart::{GetCartRequest, carts_client::CartsClient},
    id::ProductId,
    money::Money,
};

/// The services order asks.
pub struct Peers {
    product: TestApp,
    cart: TestApp,
    pub shipment: TestApp,
    pub product_url: String,
    pub cart_url: String,
    pub shipment_url: String,
    /// Where shipment asks for orders.
    order: Option<TcpListener>,
    currency: String,
    stop: CancellationToken,
}

impl Peers {
    /// Starts them; they sell in this currency.
    pub async fn start(currency: &str) -> Self {
        let stop = CancellationToken::new();
        let variables = [("WARUNG_CURRENCY", currency)];
        let product = TestApp::start(warung_product::service(), &variables).await;
        let product_url = serve(&product, &stop).await;
        let variables = [
            ("WARUNG_CURRENCY", currency),
            ("WARUNG_PRODUCT_URL", product_url.as_str()),
            ("WARUNG_CART_LINES_MAX", "500"),
        ];
        let cart = TestApp::start(warung_cart::service(), &variables).await;
        let cart_url = serve(&cart, &stop).await;
        let order = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let order_url = format!("http://{}", order.local_addr().unwrap());
        let variables = [
            ("WARUNG_CURRENCY", currency),
            ("WARUNG_ORDER_URL", &order_url),
            ("WARUNG_SHIPPING_QUOTE_KEY", "a key"),
            ("WARUNG_SANDBOX_CARRIER_SECRET", "a secret"),
            ("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "0"),
        ];
        let shipment = TestApp::start(warung_shipment::service(), &variables).await;
        let shipment_url = serve(&shipment, &stop).await;
        let (currency, order) = (currency.into(), Some(order));
        Self { product, cart, shipment, product_url, cart_url, shipment_url, order, currency, stop }
    }

    /// Lets shipment reach the order service.
    pub fn reach(&mut self, order: &TestApp) {
        let listener = self.order.take().expect("one order service");
        tokio::spawn(server::serve(listener, order.router.clone(), self.stop.clone()));
    }

    /// Adds a product.
    pub async fn sell(&self, sku: &str, price: i64, stock: u32) -> ProductId {
        self.sell_named(sku, "Kopi Gayo", price, stock).await
    }

    /// Adds a product of this name.
    pub async fn sell_named(&self, sku: &str, name: &str, price: i64, stock: u32) -> ProductId {
        let price = Money::new(price, self.currency.parse().unwrap());
        let body = json!({"sku": sku, "name": name, "price": price, "stock": stock});
        let answer = self.product.send("POST", "/api/v1/products", Some(&admin()), Some(body)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body["id"].as_str().unwrap().parse().unwrap()
    }

    /// Puts a product into a tax class, as if that had a rate once.
    pub async fn classify(&self, id: ProductId, tax_class: &str) {
        let told = TaxClassChanged { tax_class: tax_class.into(), defined: true, version: None };
        self.product.deliver(&told).await.unwrap();
        self.edit(id, json!({"tax_class": tax_class})).await;
    }

    /// Changes a product.
    pub async fn edit(&self, id: ProductId, body: serde_json::Value) {
        let path = format!("/api/v1/products/{id}");
        let answer = self.product.send("PATCH", &path, Some(&admin()), Some(body)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// Adds a category below another, or a root; returns its id.
    pub async fn category(&self, slug: &str, parent: Option<&str>) -> String {
        let body = json!({"slug": slug, "name": slug, "parent_id": parent});
        let answer = self.product.send("POST", "/api/v1/categories", Some(&admin()), Some(body)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body["id"].as_str().unwrap().to_owned()
    }

    /// Puts a product into a category.
    pub async fn put_into(&self, id: ProductId, category: &str) {
        self.edit(id, json!({"category_id": category})).await;
    }

    /// Takes a product off the shelves.
    /// Lets one order have so many of a product at most.
    pub async fn limit(&self, id: ProductId, max_quantity: u32) {
        let patch = json!({"max_quantity": max_quantity});
        let path = format!("/api/v1/products/{id}");
        let done = self.product.send("PATCH", &path, Some(&admin()), Some(patch)).await;
        assert_eq!(done.status, 200, "{}", done.body);
    }

    pub async fn archive(&self, id: ProductId) {
        let path = format!("/api/v1/products/{id}");
        let answer = self.product.send("DELETE", &path, Some(&admin()), None).await;
        assert!(answer.status.is_success(), "{}", answer.body);
    }

    /// Makes a customer's cart hold these and nothing else.
    pub async fn fill(&self, token: &str, lines: &[(ProductId, u32)]) {
        let emptied = self.cart.send("DELETE", "/api/v1/cart", Some(token), None).await;
        assert!(emptied.status.is_success(), "{}", emptied.body);
        for (id, quantity) in lines {
            self.add(token, *id, *quantity).await;
        }
    }

    /// Puts more into a customer's cart.
    pub async fn add(&self, token: &str, id: ProductId, quantity: u32) {
        let body = json!({"product_id": id, "quantity": quantity});
        let answer = self.cart.send("POST", "/api/v1/cart/items", Some(token), Some(body)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// How many items a customer's cart holds.
    pub async fn items(&self, token: &str) -> u64 {
        let cart = self.cart.send("GET", "/api/v1/cart", Some(token), None).await;
        cart.body["lines"].as_array().unwrap().iter().map(|line| line["quantity"].as_u64().unwrap()).sum()
    }

    /// Puts what a customer's cart holds into it again: another cart with the same in it.
    pub async fn fill_anew(&self, token: &str) {
        let cart = self.cart.send("GET", "/api/v1/cart", Some(token), None).await;
        let lines = cart.body["lines"].as_array().expect("a cart has lines").iter();
        let line = |line: &serde_json::Value| {
            let quantity = line["quantity"].as_u64().unwrap().try_into().unwrap();
            (line["product_id"].as_str().unwrap().parse().unwrap(), quantity)
        };
        self.fill(token, &lines.map(line).collect::<Vec<_>>()).await;
    }

    /// What cart makes of an event.
    pub async fn tell_cart<E: Event>(&self, event: &E) {
        self.cart.deliver(event).await.unwrap();
    }

    /// A new guest whose cart holds these; returns the cart's token.
    pub async fn guest(&self, lines: &[(ProductId, u32)]) -> String {
        let mut token = None::<String>;
        for (id, quantity) in lines {
            let body = Some(json!({"product_id": id, "quantity": quantity}));
            let headers: Vec<(&str, &str)> =
                token.iter().map(|token| ("x-cart-token", token.as_str())).collect();
            let answer = self.cart.send_with("POST", "/api/v1/cart/items", None, &headers, body).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            token = Some(answer.headers["x-cart-token"].to_str().unwrap().to_owned());
        }
        token.expect("a guest has something in the cart")
    }

    /// Moves a guest's cart into an account's, as a log-in does.
    pub async fn merge(&self, account: &str, guest: &str) {
        let headers = [("x-cart-token", guest)];
        let answer = self.cart.send_with("POST", "/api/v1/cart/merge", Some(account), &headers, None).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// The state of a guest's cart, as order asks for it.
    pub async fn state(&self, guest: &str) -> String {
        let mut client = CartsClient::new(self.cart.peer("order").await);
        let request = GetCartRequest { cart_token: guest.to_owned(), ..GetCartRequest::default() };
        client.get_cart(request).await.unwrap().into_inner().revision
    }

    /// From now on sending costs so much.
    pub async fn ship_for(&self, service: &str, price: i64) {
        let base_price = Money::new(price, self.currency.parse().unwrap());
        let body = json!({"service": service, "name": service, "base_price": base_price});
        let answer = self.shipment.send("POST", "/api/v1/shipping/rates", Some(&admin()), Some(body)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
    }

    /// Ends them.
    pub async fn stop(self) {
        self.stop.cancel();
        self.product.stop().await;
        self.cart.stop().await;
        self.shipment.stop().await;
    }
}

/// One more service that order asks.
pub struct Served {
    pub app: TestApp,
    pub url: String,
    stop: CancellationToken,
}

impl Served {
    /// Lets it listen.
    pub async fn start(app: TestApp) -> Self {
        let stop = CancellationToken::new();
        Self { url: serve(&app, &stop).await, app, stop }
    }

    /// Ends it.
    pub async fn stop(self) {
        self.stop.cancel();
        self.app.stop().await;
    }
}

/// A service on a port of its own, until it is stopped.
async fn serve(app: &TestApp, stop: &CancellationToken) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(server::serve(listener, app.router.clone(), stop.clone()));
    url
}
