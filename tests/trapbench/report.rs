use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use trapbench_worker::case::Strategy;

use crate::command::{run, stderr, stdout, trapbench};
use crate::made_up::{Run, WHOLE};

pub fn well(arguments: &[&str]) -> Output {
    let output = run(arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    output
}

/// The page of a record, and where it is.
pub fn page(record: &str, folder: &Path) -> (String, PathBuf) {
    well(&["report", record, "--html", folder.to_str().unwrap()]);
    let name = Path::new(record).file_name().unwrap().to_str().unwrap();
    let file = folder.join(format!("{name}.html"));
    (fs::read_to_string(&file).unwrap(), file)
}

#[test]
fn the_page_of_a_whole_record_says_everything_in_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let record = WHOLE.record(&folder.path().join("results"));
    let (text, _) = page(&record, folder.path());
    for words in [
        "At depth 16, a raise adds",
        "a sentinel",
        "cheapest way to stop",
        "raise if fewer than",
        "makes a raise dearer by 250",
        "raise = sentinel at",
        "cargo build",
        "trapbench measure 'a (b)'",
        "engine 1.2",
        "8 turns, median",
        "<desc",
    ] {
        assert!(text.contains(words), "`{words}` is not there");
    }
    for outside in [
        "http://",
        "https://",
        "<link rel=\"stylesheet\"",
        "@import",
        "src=",
    ] {
        let allowed = text.replace("http://www.w3.org/2000/svg", "");
        assert!(!allowed.contains(outside), "{outside}");
    }
    assert!(!text.contains("NaN") && !text.contains(">inf"));
    assert!(text.len() < 1 << 20, "{} bytes", text.len());
}

#[test]
fn what_a_record_lacks_is_said() {
    let runs: [(Run, &[&str]); 6] = [
        (
            Run {
                wanted: |case| !(case.backend.as_str() == "wasmer-llvm" && case.value == 64),
                ..WHOLE
            },
            &["wasmer-llvm: nothing at depth 64"],
        ),
        (
            Run {
                wanted: |case| case.series.strategy() != Strategy::RaiseTraced,
                ..WHOLE
            },
            &["no raise-traced/exit at any depth"],
        ),
        (
            Run {
                depths: &[16],
                wanted: |case| case.place().host_frames == 0,
                ..WHOLE
            },
            &[
                "one depth was measured",
                "the effect of extra host frames under the call was not measured",
            ],
        ),
        (
            Run {
                processes: 1,
                ..WHOLE
            },
            &["in one process only", "was not measured"],
        ),
        (
            Run {
                backends: &["wasmer-cranelift"],
                failures: &[("depth/raise/exit/wasmer-cranelift/8", "the worker <died>")],
                ..WHOLE
            },
            &["depth/raise/exit/wasmer-cranelift/8: the worker &lt;died&gt; (8 times)"],
        ),
        (
            Run {
                wanted: |_| false,
                ..WHOLE
            },
            &["This record holds no timing", "no case was timed"],
        ),
    ];
    for (run, words) in runs {
        let folder = tempfile::tempdir().unwrap();
        let record = run.record(&folder.path().join("results"));
        let (text, _) = page(&record, folder.path());
        for words in words {
            assert!(text.contains(words), "`{words}` is not in the page");
        }
        assert!(!text.contains("NaN"), "{words:?}");
        let other = folder.path().to_str().unwrap();
        well(&["report", &record, "--svg", other, "--markdown"]);
        well(&["report", &record, "--json"]);
    }
}

#[test]
fn a_backend_called_script_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let name = "<script>alert(1)<\u{2215}script>\"'&`|*";
    let run = Run {
        backends: &[name],
        ..WHOLE
    };
    let record = run.record(&folder.path().join("results"));
    let (text, _) = page(&record, folder.path());
    assert_eq!(text.matches("<script").count(), 1, "the page's own");
    assert!(text.contains("&lt;script&gt;alert(1)"));
    let svg = folder.path().join("svg");
    let output = well(&[
        "report",
        &record,
        "--svg",
        svg.to_str().unwrap(),
        "--markdown",
    ]);
    let chart = fs::read_to_string(svg.join("cost-over-depth.svg")).unwrap();
    assert!(!chart.contains("<script"));
    assert!(
        stdout(&output).contains("`` <script>"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn a_section_is_spliced_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let record = WHOLE.record(&folder.path().join("results"));
    let report = |arguments: &[&str]| {
        let arguments = [&["report"], arguments].concat();
        trapbench(&arguments)
            .current_dir(folder.path())
            .output()
            .unwrap()
    };
    let readme = folder.path().join("README.md");
    fs::write(
        &readme,
        "# Mine\n\n<!-- trapbench:begin -->\n<!-- trapbench:end -->\n\nMore.\n",
    )
    .unwrap();
    // The newest record of `results` is the only one.
    let [splice, check] =
        ["--splice", "--check"].map(|what| ["--svg", "charts", what, "README.md"]);
    let stale = report(&check);
    assert_eq!(stale.status.code(), Some(1));
    for words in [
        "README.md, line 4: the section is not what the record gives",
        "--splice README.md",
    ] {
        assert!(stderr(&stale).contains(words), "{}", stderr(&stale));
    }
    assert!(report(&splice).status.success());
    let text = fs::read_to_string(&readme).unwrap();
    assert!(!text.contains("```"), "the screen was not asked for");
    let name = Path::new(&record).file_name().unwrap().to_str().unwrap();
    for words in [
        "# Mine\n",
        "\nMore.\n",
        "](charts/cost-over-depth.svg)",
        &format!("](results/{name})"),
        "| `raise` |",
        "`trapbench measure 'a (b)'`",
        &format!("`trapbench report results/{name} --svg charts --splice README.md`"),
    ] {
        assert!(text.contains(words), "`{words}` is not in:\n{text}");
    }
    assert!(report(&check).status.success());
    fs::write(folder.path().join("charts/tax.svg"), "<svg/>").unwrap();
    assert!(stderr(&report(&check)).contains("tax.svg is not what the record gives"));
    assert!(report(&splice).status.success());
    assert_eq!(fs::read_to_string(&readme).unwrap(), text);
    fs::write(&readme, "no markers").unwrap();
    assert!(stderr(&report(&splice)).contains("has no line `<!-- trapbench:begin -->`"));
    assert_eq!(fs::read_to_string(&readme).unwrap(), "no markers");
}

#[test]
fn two_records_are_compared_and_the_biggest_change_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("results");
    let first = WHOLE.record(&results);
    let second = Run {
        factor: 1.2,
        ..WHOLE
    }
    .record(&results);
    let html = folder.path().join("html");
    let output = well(&[
        "report",
        &first,
        &second,
        "--html",
        html.to_str().unwrap(),
        "--markdown",
    ]);
    let text = stdout(&output);
    assert!(
        text.starts_with("**33 cases are slower, none faster.**"),
        "{text}"
    );
    assert!(text.contains("| slower by 20.0 % |"), "{text}");
    let pages: Vec<PathBuf> = fs::read_dir(&html)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(pages.len(), 3);
    let against = pages
        .iter()
        .find(|path| path.to_str().unwrap().contains("-against-"))
        .unwrap();
    let text = fs::read_to_string(against).unwrap();
    assert!(text.contains("<h1>33 cases are slower, none faster</h1>"));
    assert!(text.contains("first takes") && text.contains("<code>trapbench report "));
    assert!(text.find("slower by 20.0").unwrap() < text.find("id=\"same\"").unwrap());
    let json = stdout(&well(&["report", &first, &second, "--json"]));
    let kinds: Vec<serde_json::Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        kinds
            .iter()
            .map(|one| one["kind"].as_str().unwrap())
            .collect::<Vec<_>>(),
        ["record", "record", "comparison"]
    );
}

#[test]
fn the_json_says_what_its_schema_promises() {
    let folder = tempfile::tempdir().unwrap();
    let record = WHOLE.record(&folder.path().join("results"));
    let json: serde_json::Value =
        serde_json::from_str(&stdout(&well(&["report", &record, "--json"]))).unwrap();
    assert_eq!(
        (json["schema"].as_u64(), json["processes"].as_u64()),
        (Some(2), Some(4))
    );
    let backend = &json["backends"][0];
    assert_eq!(backend["backend"], "wasmer-cranelift");
    let at = &backend["depths"][3];
    assert_eq!(at["depth"], 16);
    assert!((at["added"]["raise"]["value"].as_f64().unwrap() - 4886.0).abs() < 10.0);
    assert_eq!(
        at["exit_rate"]["raise"]["answer"],
        "raise-if-fewer-than-one-in"
    );
    assert_eq!(backend["break_even"]["raise"]["answer"], "at");
    assert_eq!(json["turns"]["depth/raise/exit/wasmer-llvm/0"]["turns"], 8);
}

#[test]
fn a_hundred_records_of_a_hundred_cases_each_have_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("results");
    let run = Run {
        backends: &["one", "two"],
        processes: 2,
        ..WHOLE
    };
    // They are all started in the same second or two, so most names have a number.
    let records: Vec<String> = (0..100).map(|_| run.record(&results)).collect();
    let html = folder.path().join("html");
    let options = ["--html", html.to_str().unwrap()];
    let records = records.iter().map(String::as_str);
    let arguments: Vec<&str> = ["report"]
        .into_iter()
        .chain(records)
        .chain(options)
        .collect();
    well(&arguments);
    let pages = fs::read_dir(&html).unwrap();
    let pages: Vec<PathBuf> = pages.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(pages.len(), 100);
    for page in pages {
        let text = fs::read_to_string(page).unwrap();
        assert!(text.contains("At depth 16, a raise adds") && text.ends_with("</html>"));
    }
}

#[test]
fn mistakes_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().to_str().unwrap();
    for (arguments, status, words) in [
        (&["--results", empty][..], 1, "there is no record in"),
        (
            &["--results", "no-such-folder"],
            1,
            "there is no folder no-such-folder",
        ),
        (&[empty], 1, "is not a record"),
        (&["--json", "--markdown"], 2, "cannot be used with"),
        (&["--check", "a", "--splice", "b"], 2, "cannot be used with"),
    ] {
        let output = run(&[&["report"], arguments].concat());
        assert_eq!(output.status.code(), Some(status), "{arguments:?}");
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
}

/// Records of every schema give the figures that they gave: their pages are kept beside them.
#[test]
fn the_pages_of_the_kept_records_are_what_the_report_makes_of_them() {
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
    let pages = tempfile::tempdir().unwrap();
    let mut held = 0;
    let beside = ["peers", "threads", "modules", "unwinder"];
    let beside = beside.map(|name| results.join(name));
    for folder in std::iter::once(&results).chain(&beside) {
        for entry in fs::read_dir(folder).unwrap() {
            let page = entry.unwrap().path();
            if page.extension().is_none_or(|extension| extension != "html") {
                continue;
            }
            let record = page.with_extension("");
            let into = pages.path().to_str().unwrap();
            well(&["report", record.to_str().unwrap(), "--html", into]);
            let made = pages.path().join(page.file_name().unwrap());
            let [kept, made] = [&page, &made].map(|file| fs::read_to_string(file).unwrap());
            assert!(
                kept == made,
                "{} is not what `report` makes",
                page.display()
            );
            held += 1;
        }
    }
    assert!(held >= 3, "two of schema 1 and one of schema 2");
}

#[test]
fn a_screen_is_spliced_where_a_file_has_room_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let record = WHOLE.record(&folder.path().join("results"));
    let readme = folder.path().join("README.md");
    let file = readme.to_str().unwrap();
    let screen = "<!-- trapbench:screen:begin -->\n<!-- trapbench:screen:end -->\n";
    fs::write(&readme, format!("# Mine\n{screen}")).unwrap();
    let check = ["report", &record, "--check", file];
    assert_eq!(run(&check).status.code(), Some(1));
    well(&["report", &record, "--splice", file]);
    let text = fs::read_to_string(&readme).unwrap();
    let shown = trapbench::report::screen::record(
        &trapbench::record::Record::open(Path::new(&record)).unwrap(),
        false,
    );
    assert!(text.contains(&format!("\n```text\n{shown}```\n")), "{text}");
    assert!(!text.contains("This section is made by"), "{text}");
    well(&check);
    // A figure that somebody has touched up.
    fs::write(&readme, text.replacen("raise", "raised", 1)).unwrap();
    assert!(stderr(&run(&check)).contains("the section is not what the record gives"));
}
