//! `warung.privacy.v1.PersonalData`: what a service keeps of a person, for whom user collects it from all services.

use serde_json::Value;
use tonic::{Request, Response, Status};
use warung_contracts::{
    grpc::privacy::{
        ExportRequest, ExportResponse,
        personal_data_server::{PersonalData, PersonalDataServer},
    },
    id::UserId,
};

use super::{field, status};
use crate::http::Problem;

/// Answers with what `export` finds of a user in `store`: one JSON object, an empty one for a user it does not know.
pub fn server<S, F, R, E>(store: S, export: F) -> PersonalDataServer<Keeper<S, F>>
where
    Keeper<S, F>: PersonalData,
    F: Fn(S, UserId) -> R,
    R: Future<Output = Result<Value, E>>,
{
    PersonalDataServer::new(Keeper { store, export })
}

/// Who keeps personal data.
#[derive(Debug)]
pub struct Keeper<S, F> {
    store: S,
    export: F,
}

#[tonic::async_trait]
impl<S, F, R, E> PersonalData for Keeper<S, F>
where
    S: Clone + Send + Sync + 'static,
    F: Fn(S, UserId) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Value, E>> + Send,
    E: Into<Problem>,
{
    async fn export(&self, request: Request<ExportRequest>) -> Result<Response<ExportResponse>, Status> {
        let user = field("user_id", &request.into_inner().user_id)?;
        let found = (self.export)(self.store.clone(), user).await.map_err(status)?;
        Ok(Response::new(ExportResponse { json: found.to_string() }))
    }
}
