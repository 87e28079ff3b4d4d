//! The suite as its users meet it: the real binary, a file per command, and what no command
//! shows. One executable, because each one links every backend.

mod arms;
mod bad_input;
mod browser;
mod command;
mod compare;
mod count;
mod example;
mod gate;
mod golden;
mod house;
mod list;
mod made_up;
mod measure;
mod native;
mod participants;
mod participants_in_trouble;
mod qualify;
mod report;
mod report_in_a_browser;
mod report_of_a_gate;
mod scripted;
mod unwinder;
mod verification;
mod worker;
mod workers;
mod workers_in_trouble;
