//! product through its doors, on a real PostgreSQL.

#![allow(clippy::disallowed_methods, reason = "tests make ids of their own, and look at the real time")]

mod admin;
mod availability;
mod bulk;
mod catalogue;
mod categories;
mod history;
mod languages;
mod locations;
mod offers;
mod order_history;
mod pages;
mod prices;
mod races;
mod read_model;
mod reservations;
mod returns;
mod round_trip;
mod seeding;
mod shop;
mod staff;
mod trail;
mod variant_filters;
mod variants;
mod versions;
