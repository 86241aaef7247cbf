//! Metrics that every service has: RED of endpoints, calls and consumers, USE of the pool, the outbox's lag.
//! Names are OpenTelemetry's semantic conventions in Prometheus spelling; a service adds its own with [`Metrics::register`].

use std::{sync::Mutex, time::Duration};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Metric, Registry},
};

/// Upper bounds in seconds: the semantic conventions' advice for `http.server.request.duration`.
const SECONDS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

fn histogram() -> Histogram {
    Histogram::new(SECONDS)
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    http_request_method: String,
    http_route: String,
    http_response_status_code: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Rpc {
    rpc_method: String,
    rpc_response_status_code: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Processed {
    messaging_destination_name: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Dead {
    event: String,
}

/// Prometheus has a label `job` of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Periodic {
    job_name: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Connections {
    state: &'static str,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Retry,
    Dead,
}

impl Outcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Retry => "retry",
            Self::Dead => "dead",
        }
    }
}

/// The metrics of one service.
#[derive(Debug)]
pub struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<Request, Histogram, fn() -> Histogram>,
    active: Gauge,
    shed: Counter,
    rpcs: Family<Rpc, Histogram, fn() -> Histogram>,
    processed: Family<Processed, Histogram, fn() -> Histogram>,
    dead: Family<Dead, Counter>,
    outbox_pending: Gauge,
    outbox_age: Gauge<f64, std::sync::atomic::AtomicU64>,
    sweeps_failed: Counter,
    job_failures: Family<Periodic, Counter>,
    connections: Family<Connections, Gauge>,
    connections_max: Gauge,
    memory: Gauge,
    cpu: Counter<f64, std::sync::atomic::AtomicU64>,
}

impl Metrics {
    /// Metrics with the label `service`.
    pub fn new(service: &str) -> Self {
        let registry = Registry::with_labels([("service".into(), service.to_owned().into())].into_iter());
        let make: fn() -> Histogram = histogram;
        let own = Self {
            registry: Mutex::new(registry),
            requests: Family::new_with_constructor(make),
            active: Gauge::default(),
            shed: Counter::default(),
            rpcs: Family::new_with_constructor(make),
            processed: Family::new_with_constructor(make),
            dead: Family::default(),
            outbox_pending: Gauge::default(),
            outbox_age: Gauge::default(),
            sweeps_failed: Counter::default(),
            job_failures: Family::default(),
            connections: Family::default(),
            connections_max: Gauge::default(),
            memory: Gauge::default(),
            cpu: Counter::default(),
        };
        own.describe_work();
        own.describe_means();
        own
    }

    /// What is asked of it.
    fn describe_work(&self) {
        let seconds = "http_server_request_duration_seconds";
        self.register(seconds, "Duration of HTTP requests", self.requests.clone());
        self.register("http_server_active_requests", "HTTP requests under way", self.active.clone());
        let shed = "Requests refused because the service was busy";
        self.register("warung_requests_shed", shed, self.shed.clone());
        self.register("rpc_server_call_duration_seconds", "Duration of gRPC calls served", self.rpcs.clone());
        let share = "Duration of handling one event; of several handled together, its share";
        self.register("messaging_process_duration_seconds", share, self.processed.clone());
        self.register("warung_deadletters", "Events given up", self.dead.clone());
    }

    /// What it does that with.
    fn describe_means(&self) {
        let pending = "Events that wait for the relay";
        self.register("warung_outbox_pending", pending, self.outbox_pending.clone());
        let age = "Age of the oldest waiting event";
        self.register("warung_outbox_oldest_age_seconds", age, self.outbox_age.clone());
        let unswept = "Times that old rows could not be forgotten";
        self.register("warung_sweeps_failed", unswept, self.sweeps_failed.clone());
        let failures = "Times that a periodic job, or its work on one row, failed";
        self.register("warung_job_failures", failures, self.job_failures.clone());
        let by_state = "Connections of the pool by state";
        self.register("db_client_connection_count", by_state, self.connections.clone());
        let most = "Connections the pool may open";
        self.register("db_client_connection_max", most, self.connections_max.clone());
        self.register("process_resident_memory_bytes", "Resident memory of the process", self.memory.clone());
        self.register("process_cpu_seconds", "Processor time of the process", self.cpu.clone());
    }

    /// Adds a service's own metric; counters get the suffix `_total`.
    pub fn register(&self, name: &str, help: &str, metric: impl Metric) {
        self.lock().register(name, help, metric);
    }

    /// Counts one HTTP request.
    pub fn request(&self, method: &str, route: &str, status: u16, took: Duration) {
        let labels = Request {
            http_request_method: method.to_owned(),
            http_route: route.to_owned(),
            http_response_status_code: status,
        };
        self.requests.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// The gauge of requests under way.
    pub fn active(&self) -> &Gauge {
        &self.active
    }

    /// Counts one request refused because the service was busy.
    pub fn shed(&self) {
        self.shed.inc();
    }

    /// Counts one gRPC call served; `status` is the code's number.
    pub fn rpc(&self, method: &str, status: &str, took: Duration) {
        let labels = Rpc { rpc_method: method.to_owned(), rpc_response_status_code: status.to_owned() };
        self.rpcs.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// Counts one event.
    pub fn processed(&self, event: &str, outcome: Outcome, took: Duration) {
        let labels = Processed { messaging_destination_name: event.to_owned(), outcome: outcome.as_str() };
        self.processed.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// Shows 0 for events that may be given up: a counter that appears with its first count hides that count from `increase`.
    pub fn may_dead_letter(&self, event: &str) {
        drop(self.dead.get_or_create(&Dead { event: event.to_owned() }));
    }

    /// Counts one event given up.
    pub fn dead_lettered(&self, event: &str) {
        self.dead.get_or_create(&Dead { event: event.to_owned() }).inc();
    }

    /// Notes the outbox's lag.
    pub fn outbox(&self, pending: i64, oldest_age: Duration) {
        self.outbox_pending.set(pending);
        self.outbox_age.set(oldest_age.as_secs_f64());
    }

    /// Counts one sweep of old rows that failed.
    pub fn sweep_failed(&self) {
        self.sweeps_failed.inc();
    }

    /// The counter of a job's failures, which shows 0 until there is one.
    pub fn job_failures(&self, job: &'static str) -> Counter {
        self.job_failures.get_or_create(&Periodic { job_name: job }).clone()
    }

    /// Notes the pool's use.
    pub fn pool(&self, open: u32, idle: usize, max: u32) {
        let idle = i64::try_from(idle).unwrap_or(i64::MAX);
        self.connections.get_or_create(&Connections { state: "idle" }).set(idle);
        self.connections.get_or_create(&Connections { state: "used" }).set((i64::from(open) - idle).max(0));
        self.connections_max.set(i64::from(max));
    }

    /// All metrics as OpenMetrics text.
    #[expect(clippy::float_arithmetic, reason = "Prometheus counts seconds as a float")]
    pub fn render(&self) -> String {
        let (memory, cpu) = process();
        self.memory.set(memory);
        self.cpu.inc_by((cpu - self.cpu.get()).max(0.0));
        let mut text = String::new();
        // Writing to a String can't fail.
        let _ = encode(&mut text, &self.lock());
        text
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Resident bytes and processor seconds of this process, from /proc (proc(5)); zeros where there is none.
#[expect(clippy::float_arithmetic, reason = "Prometheus counts seconds as a float")]
fn process() -> (i64, f64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.split_whitespace().next());
    let memory = kilobytes.and_then(|kb| kb.parse::<i64>().ok()).unwrap_or(0) * 1024;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or("");
    // utime and stime are fields 14 and 15, in ticks of 1/100 s on Linux; the name is field 2.
    let ticks: u32 =
        after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u32>().ok()).sum();
    (memory, f64::from(ticks) / 100.0)
}
