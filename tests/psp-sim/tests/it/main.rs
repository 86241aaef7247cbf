//! The simulators against the companies' own descriptions, and the frame's promises.

mod contract;
mod frame;
mod openapi;
mod shop;
