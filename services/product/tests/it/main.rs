//! product through its doors, on a real PostgreSQL.

mod admin;
mod catalogue;
mod offers;
mod races;
mod reservations;
mod shop;
