//! How requests come in. A body is read whole before it takes a place at the gate, so that whoever sends slowly holds up nobody;
//! streams, which are read while they are worked on, have few places of their own.

use std::{collections::HashSet, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes, HttpBody as _},
    extract::{MatchedPath, Request},
    http::Method,
    response::Response,
};
use futures::StreamExt as _;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use tower_http::timeout::TimeoutBody;
use warung_contracts::manifest::Manifest;

use crate::{
    error::Kind,
    load::{Gate, Pass},
};

/// Bytes of a request body at most, but for streams.
pub const BODY_MAX: usize = 1024 * 1024;
/// How long a body may take to come. The gateways hand it over at once: they have read it themselves.
const BODY_TIME: Duration = Duration::from_secs(15);
/// Bytes of all bodies that are here or coming, at most.
const ROOM: usize = 64 * BODY_MAX;
/// Streams under way at most.
const STREAMS_MAX: usize = 4;
/// How long a stream that is being sent may bring nothing.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// The way in of a service.
#[derive(Debug)]
pub struct Arrivals {
    gate: Gate,
    room: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    /// Methods and paths of the manifest's streams.
    streamed: HashSet<(&'static str, String)>,
}

/// What a request takes up while it is worked on.
#[derive(Debug)]
pub enum Place<'a> {
    /// A turn at the gate, and room for its body where it has one.
    Turn(Pass<'a>, Option<OwnedSemaphorePermit>),
    /// One of the streams under way.
    Stream(OwnedSemaphorePermit),
}

/// Why a request was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no place for it soon enough.
    Busy,
    /// Its body is larger than [`BODY_MAX`].
    TooLarge,
    /// Its body took longer than [`BODY_TIME`].
    TooSlow,
    /// Its body broke off.
    BrokenOff,
}

impl Refusal {
    /// As it is told.
    pub fn told(self) -> (Kind, &'static str) {
        match self {
            Self::Busy => (Kind::Unavailable, "The service is busy. Try again in a few seconds."),
            Self::TooLarge => (Kind::TooLarge, "The body is larger than this server takes."),
            Self::TooSlow => (Kind::Invalid, "The body took too long to come. Send it again, faster."),
            Self::BrokenOff => (Kind::Invalid, "The body could not be read to its end. Send it again."),
        }
    }
}

/// Marks a request whose body or answer is a stream: it takes as long as it takes.
#[derive(Debug, Clone, Copy)]
pub struct Streamed;

impl Arrivals {
    /// The way into the service of this manifest.
    pub fn new(manifest: &Manifest) -> Self {
        let streams = manifest.routes.iter().filter(|route| route.stream);
        Self {
            gate: Gate::new(),
            room: Arc::new(Semaphore::new(ROOM)),
            streams: Arc::new(Semaphore::new(STREAMS_MAX)),
            streamed: streams.map(|route| (route.method.as_str(), route.path.clone())).collect(),
        }
    }

    /// Lets a request in, with its whole body unless it is a stream.
    ///
    /// # Errors
    ///
    /// [`Refusal`].
    pub async fn admit(&self, request: Request) -> Result<(Request, Place<'_>), Refusal> {
        if self.is_stream(&request) {
            let place = Arc::clone(&self.streams).try_acquire_owned().map_err(|_| Refusal::Busy)?;
            let mut request = request.map(|body| Body::new(TimeoutBody::new(SILENCE_MAX, body)));
            request.extensions_mut().insert(Streamed);
            return Ok((request, Place::Stream(place)));
        }
        let (head, body) = request.into_parts();
        let (body, room) = match body.is_end_stream() {
            true => (body, None),
            false => {
                let (bytes, room) =
                    timeout(BODY_TIME, self.read(body)).await.map_err(|_| Refusal::TooSlow)??;
                (Body::from(bytes), room)
            }
        };
        let pass = self.gate.enter().await.ok_or(Refusal::Busy)?;
        Ok((Request::from_parts(head, body), Place::Turn(pass, room)))
    }

    fn is_stream(&self, request: &Request) -> bool {
        // What answers GET answers HEAD too.
        let method = if request.method() == Method::HEAD { "GET" } else { request.method().as_str() };
        let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
        path.is_some_and(|path| self.streamed.iter().any(|(m, p)| (*m, p.as_str()) == (method, path)))
    }

    /// A body, and the room that it takes.
    async fn read(&self, body: Body) -> Result<(Bytes, Option<OwnedSemaphorePermit>), Refusal> {
        if body.size_hint().lower() > BODY_MAX as u64 {
            return Err(Refusal::TooLarge);
        }
        let (mut bytes, mut room) = (Vec::new(), None::<OwnedSemaphorePermit>);
        let mut chunks = body.into_data_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| Refusal::BrokenOff)?;
            if bytes.len() + chunk.len() > BODY_MAX {
                return Err(Refusal::TooLarge);
            }
            let more = u32::try_from(chunk.len()).map_err(|_| Refusal::TooLarge)?;
            let more = Arc::clone(&self.room).try_acquire_many_owned(more).map_err(|_| Refusal::Busy)?;
            match &mut room {
                Some(room) => room.merge(more),
                None => room = Some(more),
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok((bytes.into(), room))
    }
}

impl Place<'_> {
    /// Keeps a stream's place until its answer has ended; any other place is given back.
    pub fn keep(self, response: Response) -> Response {
        match self {
            Self::Stream(place) if response.status().is_success() => response.map(|body| {
                Body::from_stream(body.into_data_stream().map(move |chunk| {
                    let _ = &place;
                    chunk
                }))
            }),
            Self::Stream(_) | Self::Turn(..) => response,
        }
    }
}
