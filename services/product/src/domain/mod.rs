//! The rules of the catalogue and its stock: pure, no store and no clock.

pub mod availability;
pub mod category;
pub mod desk;
pub mod draft;
pub mod history;
pub mod locale;
pub mod movement;
pub mod price_list;
pub mod product;
pub mod reservation;
pub mod shelf;
pub mod signal;
pub mod slug;
pub mod spelling;
pub mod stock;
pub mod trail;
pub mod variant;
pub mod written;
