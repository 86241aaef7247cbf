//! /api/v1/admin/catalogue/changes

use axum::{Json as Answer, extract::State};
use garde::Validate;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use warung_chassis::{
    auth::Permitted,
    http::{Page, PageQuery, Problem, Query, problem::ProblemBody},
};
use warung_contracts::id::{CategoryId, LocationId, PriceListId};

use super::App;
use crate::{
    domain::{
        history::Change,
        trail::{EditKind, Subject},
    },
    store::trail::{self, Edit},
};

/// Of what; of everything when left out. Send one at most.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[garde(allow_unvalidated)]
pub struct TrailQuery {
    category_id: Option<CategoryId>,
    price_list_id: Option<PriceListId>,
    location_id: Option<LocationId>,
}

impl TrailQuery {
    fn subject(&self) -> Result<Option<(Subject, Uuid)>, Problem> {
        let mut given = [
            self.category_id.map(|id| (Subject::Category, id.uuid())),
            self.price_list_id.map(|id| (Subject::PriceList, id.uuid())),
            self.location_id.map(|id| (Subject::Location, id.uuid())),
        ]
        .into_iter()
        .flatten();
        let first = given.next();
        match given.next() {
            None => Ok(first),
            Some((second, _)) => {
                Err(Problem::field(format!("{second}_id"), "send one of these ids, not several"))
            }
        }
    }
}

/// An edit of a category, a price list or a place of stock.
#[derive(Debug, Serialize, ToSchema)]
pub struct CatalogueChange {
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    /// The account of who did it.
    actor: String,
    kind: EditKind,
    subject: Subject,
    /// Which one.
    #[schema(example = "cat_01920000000070008000000000000001")]
    subject_id: String,
    /// Of what was added or removed, every field.
    changes: Vec<Change>,
}

impl From<Edit> for CatalogueChange {
    fn from(edit: Edit) -> Self {
        let Edit { subject, subject_id, kind, actor, changes, at, .. } = edit;
        let subject_id = match subject {
            Subject::Category => CategoryId(subject_id).to_string(),
            Subject::PriceList => PriceListId(subject_id).to_string(),
            Subject::Location => LocationId(subject_id).to_string(),
        };
        Self { at, actor, kind, subject, subject_id, changes }
    }
}

/// List changes of categories, price lists and places
///
/// Who added, edited or removed them, and what that changed; newest first. What is deleted keeps its changes. Prices of
/// lists are in the history of their products.
#[utoipa::path(get, path = "/api/v1/admin/catalogue/changes", operation_id = "list_catalogue_changes", tag = "catalogue",
    params(TrailQuery, PageQuery),
    responses((status = 200, body = Page<CatalogueChange>), (status = 400, body = ProblemBody)))]
pub async fn list_catalogue_changes(
    _: Permitted,
    State(app): State<App>,
    Query(of): Query<TrailQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<CatalogueChange>>, Problem> {
    let (subject, number) = (of.subject()?, page.after::<i64>()?);
    let rows = trail::before(app.db.pool(), subject, number, i64::from(page.limit()) + 1).await?;
    Ok(Answer(Page::of(rows, page.limit(), |edit| edit.number).map(CatalogueChange::from)))
}
