//! fs7, an event host: clients speak Socket.IO or HTTP, sandboxed WASI components answer,
//! and a new component takes over while every connection stays open.
//!
//! The modules stand in reading order: nouns, then the middle, then the edges.

pub mod effect;
pub mod event;
pub mod fact;
pub mod json;
pub mod limits;
pub mod outcome;
pub mod rate;
mod turn;

pub mod contract;

pub mod dispatch;

pub mod session;

pub mod registry;
pub mod runtime;

pub mod gateway;

pub mod telemetry;

pub mod config;

pub mod app;

pub mod cli;
pub mod commands;
