//! What user asks of other services: everything they keep of somebody.

use serde::de::IgnoredAny;
use tonic::{Code, Status};
use warung_chassis::{
    error::Kind,
    grpc::{self, Channel},
    http::Problem,
    service::{BuildError, Context},
};
use warung_contracts::{
    grpc::privacy::{ExportRequest, personal_data_client::PersonalDataClient},
    id::{SessionId, UserId},
};

/// What is asked; who is asked stands in the manifest.
const EXPORT: &str = "warung.privacy.v1.PersonalData/Export";
/// Bytes of one service's answer at most.
const ANSWER_MAX: usize = 32 * 1024 * 1024;

/// The services that keep something personal.
#[derive(Debug, Clone)]
pub struct Peers(Vec<(String, PersonalDataClient<Channel>)>);

impl Peers {
    /// Those that the manifest names.
    ///
    /// # Errors
    ///
    /// When a URL is malformed.
    pub fn new(context: &Context) -> Result<Self, BuildError> {
        let asked = context.manifest.calls.iter().filter(|call| call.rpc == EXPORT);
        let peers = asked.map(|call| {
            let client = PersonalDataClient::new(context.peer(&call.service)?);
            Ok((call.service.clone(), client.max_decoding_message_size(ANSWER_MAX)))
        });
        Ok(Self(peers.collect::<Result<_, BuildError>>()?))
    }

    /// What each keeps of a user, as JSON, in the order of the manifest; for whoever is logged in by this session.
    ///
    /// # Errors
    ///
    /// When one of them is away or answers no JSON: a part without the others would look like all. 401 when auth knows that the
    /// log-in has ended, which its token does not.
    pub async fn export(
        &self,
        user: UserId,
        session: Option<SessionId>,
    ) -> Result<Vec<(String, String)>, Problem> {
        let session_id = session.map(|session| session.to_string()).unwrap_or_default();
        let request = ExportRequest { user_id: user.to_string(), session_id };
        let asked = self.0.iter().map(|(service, client)| ask(service.clone(), client.clone(), &request));
        futures::future::try_join_all(asked).await
    }
}

async fn ask(
    service: String,
    client: PersonalDataClient<Channel>,
    request: &ExportRequest,
) -> Result<(String, String), Problem> {
    let answer = grpc::ask(|| {
        let (mut client, request) = (client.clone(), request.clone());
        async move { client.export(request).await }
    });
    let json = answer.await.map_err(refused)?.json;
    serde_json::from_str::<IgnoredAny>(&json)
        .map_err(|error| Problem::internal(anyhow::anyhow!("the export of {service} is no JSON: {error}")))?;
    Ok((service, json))
}

fn refused(status: Status) -> Problem {
    match status.code() {
        Code::FailedPrecondition => Problem::new(
            Kind::Unauthenticated,
            "The log-in that this access token belongs to has ended. Log in again.",
        ),
        _ => status.into(),
    }
}
