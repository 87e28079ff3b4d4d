use trapbench::{backend::SLOTS, case::*, fixture::Fixture, worker::TimingThread};
fn main() {
    let thread = TimingThread::start(Fixture::shared());
    println!("host frames {}", thread.ask(|w| w.host_frames()));
    for slot in SLOTS.iter().filter(|s| s.is_compiled_in()) {
        println!(
            "{:?}",
            trapbench::backend::open(&slot.id()).unwrap().versions()
        );
        let t = std::time::Instant::now();
        for case in cases_of(&slot.id(), &DEPTHS) {
            let c = case.clone();
            if let Err(e) = thread.ask(move |w| w.prepare(&c)) {
                println!("{e}");
            }
        }
        println!("prepared in {:?}", t.elapsed());
        for case in cases_of(&slot.id(), &DEPTHS) {
            let c = case.clone();
            let d = thread.ask(move |w| w.time(&c, 100, 300));
            match d {
                Ok(d) => println!("{case} {:.1}", d.as_nanos() as f64 / 300.0),
                Err(e) => println!("{e}"),
            }
        }
    }
}
