//! The rules of the catalogue and its stock: pure, no store and no clock.

pub mod category;
pub mod movement;
pub mod product;
pub mod reservation;
pub mod stock;
