//! The pages as readers meet them. Without a Chromium these tests say that they were skipped.

use std::fs;
use std::path::PathBuf;

use trapbench::case::Strategy;

use crate::browser::Browser;
use crate::made_up::{Run, WHOLE};
use crate::report::{page, well};

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
    assert_eq!(pages.len(), 5);
    let look = "const root = document.documentElement;
        return { over: root.scrollWidth - root.clientWidth, ground: getComputedStyle(document.body).backgroundColor,
                 width: innerWidth, scripts: document.scripts.length };";
    for file in &pages {
        let text = fs::read_to_string(file).unwrap();
        fs::write(file, with_witness(&text, look)).unwrap();
        for (width, dark, ground) in [
            (390, true, "rgb(21, 24, 28)"),
            (1280, false, "rgb(255, 255, 255)"),
        ] {
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
