//! A company with its desk, its books and its doors.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{Router, extract::connect_info::IntoMakeServiceWithConnectInfo, middleware};
use time::OffsetDateTime;
use tokio::task::JoinHandle;

use crate::{
    books::{Company, Customer, Refusal},
    clock::Clock,
    control,
    courier::{Courier, Policy},
    faults::{self, Faults},
    ids::Ids,
    journal::{self, Journal},
    net::{Loopback, Reset},
    page,
};

/// How often what is due is looked for.
const TICK: Duration = Duration::from_millis(50);

/// How a company is started.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Of 127.0.0.1; 0 takes any.
    pub port: u16,
    /// Ids and luck come out the same for the same seed.
    pub seed: u64,
    /// Where webhooks go when a request names no other place.
    pub webhook_url: Option<String>,
    /// The clock stands still here until it is moved; it runs when left out.
    pub stopped_at: Option<OffsetDateTime>,
    /// How webhooks are carried.
    pub policy: Policy,
}

/// What every company works with.
#[derive(Debug)]
pub struct Desk {
    pub clock: Clock,
    pub ids: Ids,
    pub courier: Courier,
    /// The company's own address, without a slash at the end.
    pub url: String,
    /// Where webhooks go when a request names no other place.
    pub webhook_url: Option<String>,
}

impl Desk {
    /// Hands a webhook to the courier.
    pub fn notify(&self, event: &str, url: Option<&str>, headers: Vec<(String, String)>, body: String) {
        self.courier.send(self.clock.now(), event, url, headers, body);
    }

    /// The page where a person pays.
    pub fn page(&self, id: &str) -> String {
        format!("{}/_pay/{id}", self.url)
    }
}

/// A company at work.
#[derive(Debug)]
pub struct World<C> {
    pub desk: Desk,
    pub faults: Arc<Faults>,
    pub journal: Arc<Journal>,
    pub(crate) client: reqwest::Client,
    books: Mutex<C>,
}

impl<C: Company> World<C> {
    /// The books, after whatever has run out by now was ended.
    pub fn books(&self) -> MutexGuard<'_, C> {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        books.tick(&self.desk);
        books
    }

    /// A customer's step.
    ///
    /// # Errors
    ///
    /// As the company's.
    pub fn act(&self, id: &str, customer: &Customer) -> Result<(), Refusal> {
        self.books().act(&self.desk, id, customer)
    }
}

/// A running company; it stops when this is dropped.
#[derive(Debug)]
pub struct Sim<C> {
    world: Arc<World<C>>,
    tasks: [JoinHandle<()>; 2],
}

impl<C> std::ops::Deref for Sim<C> {
    type Target = World<C>;

    fn deref(&self) -> &World<C> {
        &self.world
    }
}

impl<C> Drop for Sim<C> {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Starts a company on a port of loopback; any number of them fit in a process.
///
/// # Errors
///
/// When the port is taken, or no HTTP client can be made.
pub async fn start<C: Company>(options: Options) -> io::Result<Sim<C>> {
    let Options { port, seed, webhook_url, stopped_at, policy } = options;
    let listener = Loopback::bind(port).await?;
    let address = axum::serve::Listener::local_addr(&listener)?;
    let desk = Desk {
        clock: Clock::new(stopped_at),
        ids: Ids::new(seed),
        courier: Courier::new(seed, policy),
        url: format!("http://{address}"),
        webhook_url,
    };
    let client = reqwest::Client::builder().no_proxy().build().map_err(io::Error::other)?;
    let (books, faults, journal) = (Mutex::new(C::open(&desk)), Arc::default(), Arc::default());
    let world = Arc::new(World { desk, faults, journal, client, books });
    let service = router(&world);
    let server = tokio::spawn(async move {
        // It serves until the task is aborted.
        let _ = axum::serve(listener, service).await;
    });
    let ticking = tokio::spawn(tick(world.clone()));
    Ok(Sim { world, tasks: [server, ticking] })
}

fn router<C: Company>(world: &Arc<World<C>>) -> IntoMakeServiceWithConnectInfo<Router, Reset> {
    let api = C::routes()
        .layer(middleware::from_fn_with_state(world.journal.clone(), journal::layer))
        .layer(middleware::from_fn_with_state(world.faults.clone(), faults::layer));
    let people = Router::new().merge(control::routes()).merge(page::routes());
    api.merge(people).with_state(world.clone()).into_make_service_with_connect_info::<Reset>()
}

async fn tick<C: Company>(world: Arc<World<C>>) {
    loop {
        // Taking the books ends what has run out.
        drop(world.books());
        world.desk.courier.pump(world.desk.clock.now(), &world.client, C::again_after).await;
        tokio::time::sleep(TICK).await;
    }
}
