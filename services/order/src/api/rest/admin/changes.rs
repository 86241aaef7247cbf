//! Who changed what prices are made of, for administrators.

use std::sync::Arc;

use axum::extract::State;
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use warung_chassis::{
    auth::Permitted,
    http::{Page, PageQuery, Problem, Query, problem::ProblemBody},
};
use warung_contracts::id::{CouponId, OrderId, TaxRateId, UserId};

use super::super::Shared;
use crate::store::changes::{self, Subject};

/// What was changed; what is left out fits any.
#[derive(Debug, Default, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChangeSearch {
    #[garde(skip)]
    pub coupon_id: Option<CouponId>,
    #[garde(skip)]
    pub tax_rate_id: Option<TaxRateId>,
}

impl ChangeSearch {
    fn subject(&self) -> Result<(Option<Subject>, Option<Uuid>), Problem> {
        match (self.coupon_id, self.tax_rate_id) {
            (Some(_), Some(_)) => Err(Problem::field("tax_rate_id", "send it or coupon_id, not both")),
            (Some(coupon), None) => Ok((Some(Subject::Coupon), Some(coupon.uuid()))),
            (None, Some(rate)) => Ok((Some(Subject::TaxRate), Some(rate.uuid()))),
            (None, None) => Ok((None, None)),
        }
    }
}

/// A change of something that prices are made of, or that what is personal of a guest was erased.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ChangeDetail {
    /// coupon, tax_rate or guest.
    pub subject: String,
    /// Which one; of a guest, the order.
    pub subject_id: String,
    /// The account of the one who changed it.
    pub author: UserId,
    /// As it was; absent of what is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub before: Option<Value>,
    /// As it became; absent of what is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub after: Option<Value>,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

impl From<changes::Change> for ChangeDetail {
    fn from(change: changes::Change) -> Self {
        let changes::Change { subject, subject_id, author, before, after, at, .. } = change;
        let subject_id = match subject.parse() {
            Ok(Subject::Coupon) => CouponId(subject_id).to_string(),
            Ok(Subject::TaxRate) => TaxRateId(subject_id).to_string(),
            Ok(Subject::Guest) => OrderId(subject_id).to_string(),
            Err(_) => subject_id.to_string(),
        };
        let (before, after) = (before.map(|before| before.0), after.map(|after| after.0));
        Self { subject, subject_id, author: UserId(author), before, after, at }
    }
}

/// List changes of coupons and tax rates
///
/// Who changed what, from what to what, and who had which guests erased; newest first.
#[utoipa::path(
    get, path = "/api/v1/admin/changes", operation_id = "list_changes", tag = "coupons",
    params(ChangeSearch, PageQuery),
    responses(
        (status = 200, description = "A page", body = Page<ChangeDetail>),
        (status = 400, description = "The cursor or a filter is wrong", body = ProblemBody),
    ),
)]
pub async fn list_changes(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Query(search): Query<ChangeSearch>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Page<ChangeDetail>>, Problem> {
    let (after, limit) = (page.after::<Uuid>()?, page.limit());
    let rows = changes::list(shared.db.pool(), search.subject()?, after, limit + 1).await?;
    Ok(axum::Json(Page::of(rows, limit, |change| change.change_id).map(ChangeDetail::from)))
}
