//! `warung.privacy.v1.PersonalData`: what payment keeps of a person.

use serde_json::json;
use tonic::{Request, Response, Status};
use warung_chassis::{db::Db, grpc::status, http::Problem};
use warung_contracts::{
    grpc::privacy::{
        ExportRequest, ExportResponse,
        personal_data_server::{PersonalData, PersonalDataServer},
    },
    id::UserId,
};

use super::rest::model::Payment;
use crate::store::{attempts, payments};

/// Payments of an export at most; far more than anybody makes.
const EXPORT_MAX: i64 = 10_000;

/// The gRPC services of payment.
pub fn routes(db: Db) -> tonic::service::Routes {
    tonic::service::Routes::new(PersonalDataServer::new(Server(db)))
}

#[derive(Debug)]
struct Server(Db);

#[tonic::async_trait]
impl PersonalData for Server {
    async fn export(&self, request: Request<ExportRequest>) -> Result<Response<ExportResponse>, Status> {
        let user: UserId = request
            .into_inner()
            .user_id
            .parse()
            .map_err(|error: warung_contracts::id::BadId| Status::invalid_argument(error.to_string()))?;
        let payments = self.of(user).await.map_err(|error| status(&Problem::from(error)))?;
        let json = match payments.is_empty() {
            true => "{}".to_owned(),
            false => json!({ "payments": payments }).to_string(),
        };
        Ok(Response::new(ExportResponse { json }))
    }
}

impl Server {
    async fn of(&self, user: UserId) -> Result<Vec<Payment>, sqlx::Error> {
        let mut conn = self.0.pool().acquire().await?;
        let mut shown = Vec::new();
        for payment in payments::of_user(&mut conn, user, EXPORT_MAX).await? {
            let refunds = attempts::refunds(&mut conn, payment.id).await?;
            shown.push(Payment::new(payment, refunds));
        }
        Ok(shown)
    }
}
