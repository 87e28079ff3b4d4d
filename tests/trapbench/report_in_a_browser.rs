//! The pages as readers meet them. Without a Chromium these tests say that they were skipped.

use std::fs;
use std::path::PathBuf;

use trapbench::verdict::judge::Verdict::Faster;
use trapbench_worker::case::Strategy;

use crate::browser::Browser;
use crate::made_up::{Run, WHOLE, ruling};
use crate::report::{page, well};
use crate::report_of_a_gate::{CASES, page as page_of_a_ruling};

/// Puts behind the page's own script what a reader would do, and returns what they would see.
fn with_witness(text: &str, script: &str) -> String {
    let witness = format!(
        "<script>parent.postMessage(JSON.stringify((() => {{ {script} }})()), '*')</script></body>"
    );
    text.replacen("</body>", &witness, 1)
}

#[test]
fn a_browser_shows_the_page_without_complaint() {
    let Some(browser) = Browser::find() else {
        println!("skipped: there is no chromium here to open the pages with");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("results");
    let whole = WHOLE.record(&results);
    let holes = Run {
        wanted: |case| case.value != 64 && case.series.strategy() != Strategy::RaiseTraced,
        ..WHOLE
    };
    let (script, nothing) = (
        Run {
            backends: &["<script>alert(1)"],
            ..WHOLE
        },
        Run {
            wanted: |_| false,
            ..WHOLE
        },
    );
    let records = [
        whole.clone(),
        holes.record(&results),
        script.record(&results),
        nothing.record(&results),
    ];
    let mut pages: Vec<PathBuf> = records
        .iter()
        .map(|record| page(record, folder.path()).1)
        .collect();
    let slower = Run {
        factor: 1.2,
        ..WHOLE
    }
    .record(&results);
    let html = folder.path().join("html");
    well(&["report", &whole, &slower, "--html", html.to_str().unwrap()]);
    pages.extend(
        fs::read_dir(&html)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_str().unwrap().contains("-against-")),
    );
    let mut restless = ruling(&CASES.map(|(id, head, change, _)| (id, head, change, Faster)));
    restless.base.name = "<script>alert(1)</script>".to_owned();
    for (name, ruling) in [("judged", ruling(&CASES)), ("not-judged", restless)] {
        let folder = folder.path().join(name);
        fs::create_dir(&folder).unwrap();
        pages.push(page_of_a_ruling(&ruling, &folder).1);
    }
    assert_eq!(pages.len(), 7);
    let look = "const root = document.documentElement;
        return { over: root.scrollWidth - root.clientWidth, ground: getComputedStyle(document.body).backgroundColor,
                 width: innerWidth, scripts: document.scripts.length };";
    for file in &pages {
        let text = fs::read_to_string(file).unwrap();
        fs::write(file, with_witness(&text, look)).unwrap();
        let (light, dark) = ("rgb(255, 255, 255)", "rgb(21, 24, 28)");
        for (width, ground) in [(390, light), (390, dark), (1280, light), (1280, dark)] {
            let dark = ground == dark;
            let seen = browser.open(file, "", width, dark);
            assert!(
                seen.complaints.is_empty(),
                "{}: {:?}",
                file.display(),
                seen.complaints
            );
            let witness = &seen.witness;
            assert_eq!(witness["width"], width);
            assert_eq!(
                witness["over"],
                0,
                "{} is wider than {width} px",
                file.display()
            );
            assert_eq!(witness["scripts"], 2, "the page's own, and the witness's");
            assert_eq!(witness["ground"], ground);
        }
    }
}

#[test]
fn a_reader_sorts_filters_and_chooses_a_depth() {
    let Some(browser) = Browser::find() else {
        println!("skipped: there is no chromium here to open the pages with");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let (text, file) = page(&WHOLE.record(&folder.path().join("results")), folder.path());
    let look = "const seen = (rows) => Array.from(rows).filter((row) => !row.hidden).map((row) => row.cells[1].textContent);
        const table = document.querySelector('#two-by-two table');
        const before = seen(table.tBodies[0].rows);
        table.querySelector('th[data-key=depth] button').click();
        const up = seen(table.tBodies[0].rows);
        table.querySelector('th[data-key=depth] button').click();
        const answers = Array.from(document.querySelectorAll('.answer')).filter((one) => one.offsetParent);
        const target = document.querySelector('svg .target');
        const says = target.querySelector('title').textContent;
        target.dispatchEvent(new PointerEvent('pointerenter', { clientX: 50, clientY: 50 }));
        return { before, up, down: seen(table.tBodies[0].rows), answers: answers.map((one) => one.textContent),
                 tip: document.getElementById('tip').textContent === says && says !== '' };";
    fs::write(&file, with_witness(&text, look)).unwrap();
    let seen = browser.open(&file, "#sort=-depth&filter=llvm&depth=64", 1280, false);
    assert!(seen.complaints.is_empty(), "{:?}", seen.complaints);
    let witness = &seen.witness;
    let down = ["4096", "1024", "256", "64", "16", "4", "1", "0"];
    let up: Vec<&str> = down.iter().rev().copied().collect();
    assert_eq!(witness["before"], serde_json::json!(down), "by the link");
    assert_eq!(witness["up"], serde_json::json!(up));
    assert_eq!(witness["down"], serde_json::json!(down));
    let answers = witness["answers"].as_array().unwrap();
    assert_eq!(answers.len(), 3);
    for answer in answers {
        assert!(
            answer
                .as_str()
                .unwrap()
                .starts_with("At depth 64, a raise adds"),
            "{answer}"
        );
    }
    assert_eq!(witness["tip"], true);
}

#[test]
fn a_reader_of_a_ruling_sees_the_conclusion_first_and_sorts_the_cases() {
    let Some(browser) = Browser::find() else {
        println!("skipped: there is no chromium here to open the pages with");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let (text, file) = page_of_a_ruling(&ruling(&CASES), folder.path());
    let look = "const heading = document.querySelector('h1').getBoundingClientRect();
        const rows = () => Array.from(document.querySelector('#changed tbody').rows, (row) => row.cells[1].textContent);
        const click = (key) => document.querySelector('#changed th[data-key=' + key + '] button').click();
        const before = rows();
        click('ratio');
        const colour = (verdict) => getComputedStyle(document.querySelector('tr.' + verdict + ' .verdict')).color;
        return { says: document.querySelector('h1').textContent, bottom: heading.bottom, before, sorted: rows(),
                 colours: [colour('slower'), colour('faster'), colour('unsure')] };";
    fs::write(&file, with_witness(&text, look)).unwrap();
    let seen = browser.open(&file, "", 390, false);
    assert!(seen.complaints.is_empty(), "{:?}", seen.complaints);
    let witness = &seen.witness;
    assert_eq!(witness["says"], "2 of 5 cases slower");
    assert!(witness["bottom"].as_f64().unwrap() < 900.0, "{witness}");
    let biggest_first = ["slower by 12.0 %", "slower by 5.0 %", "faster by 4.0 %"];
    assert_eq!(witness["before"], serde_json::json!(biggest_first));
    let up: Vec<&str> = biggest_first.iter().rev().copied().collect();
    assert_eq!(witness["sorted"], serde_json::json!(up));
    let colours = ["rgb(184, 74, 0)", "rgb(0, 103, 168)", "rgb(89, 98, 109)"];
    assert_eq!(witness["colours"], serde_json::json!(colours));
}
