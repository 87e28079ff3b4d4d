//! What `report` makes of a ruling, the file that `gate --json` writes.

use std::fs;
use std::path::{Path, PathBuf};

use trapbench::record::Failure;
use trapbench::record::metric::{Costs, Metric};
use trapbench::record::ruling::{Conclusion, Ruling};
use trapbench::verdict::judge::Verdict::{self, Faster, Same, Slower, Unsure};

use crate::command::{run, stderr, stdout};
use crate::made_up::{WHOLE, ruling};
use crate::report::well;

/// One case for each thing that can be said of it.
pub const CASES: [(&str, Verdict, f64, Verdict); 5] = [
    ("depth/raise/exit/wasmer-cranelift/0", Same, 0.001, Same),
    ("depth/raise/exit/wasmer-cranelift/16", Slower, 0.05, Same),
    (
        "depth/sentinel/exit/wasmer-cranelift/16",
        Slower,
        0.12,
        Same,
    ),
    (
        "depth/raise/complete/wasmer-cranelift/16",
        Unsure,
        0.02,
        Same,
    ),
    (
        "depth/sentinel/complete/wasmer-cranelift/16",
        Faster,
        -0.04,
        Same,
    ),
];

/// The ruling as a file, and its page beside it.
pub fn page(ruling: &Ruling, folder: &Path) -> (String, PathBuf) {
    let file = kept(ruling, folder);
    well(&["report", file.to_str().unwrap()]);
    let page = folder.join("ruling.html");
    (fs::read_to_string(&page).unwrap(), page)
}

fn kept(ruling: &Ruling, folder: &Path) -> PathBuf {
    let file = folder.join("ruling.json");
    fs::write(&file, serde_json::to_string_pretty(ruling).unwrap()).unwrap();
    file
}

#[test]
fn a_ruling_by_instructions_says_so_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let mut ruling = ruling(&[(
        "depth/raise/exit/wasmer-cranelift/16",
        Verdict::Slower,
        0.05,
        Verdict::Same,
    )]);
    ruling.metric = Metric::Instructions;
    for case in &mut ruling.cases {
        let on = |side| case.costs.on(side, Metric::Time).map(|cost| cost * 50.0);
        let costs = [("base", on("base")), ("head", on("head"))];
        case.costs = Costs::of(Metric::Instructions, costs);
    }
    let file = folder.path().join("ruling.json");
    fs::write(&file, serde_json::to_string(&ruling).unwrap()).unwrap();
    let file = file.to_str().unwrap();
    let markdown = stdout(&run(&["report", "--markdown", file]));
    assert!(
        markdown.contains("instructions of the former over instructions of the latter"),
        "{markdown}"
    );
    assert!(markdown.contains("contention"), "{markdown}");
    assert!(!markdown.contains("s a case"), "{markdown}");
    assert_eq!(run(&["report", file]).status.code(), Some(0));
    let page = fs::read_to_string(folder.path().join("ruling.html")).unwrap();
    assert!(page.contains("50 000") && page.contains("52 500"), "{page}");
    assert!(
        page.contains("Ratios are instructions of the head"),
        "{page}"
    );
    assert!(!page.contains("50000 ns"), "{page}");
}

#[test]
fn the_page_of_a_ruling_leads_with_the_conclusion() {
    let folder = tempfile::tempdir().unwrap();
    let mut ruling = ruling(&CASES);
    ruling.cases[1].accepted = Some("it checks more now".to_owned());
    ruling.conclusion = Ruling::concluded(&ruling.cases, &[], false);
    let (text, _) = page(&ruling, folder.path());
    for words in [
        "<h1>1 of 5 cases slower</h1>",
        "wasmer@7.4.1, 20 relinks",
        "wasmer-cranelift (wasmer 7.4.1)",
        "wasmer-cranelift (wasmer 7.4.2)",
        "1.3 %, what neutral rebuilds came to",
        "called changed in none of 5 cases",
        "confirmation at 99.8\u{a0}%",
        "312 s, at most 30 s a case",
        "slower by 5.0 %, accepted",
        "<div class=\"slower\"><b>1</b>slower</div>",
        "<div class=\"accepted\"><b>1</b>slower, accepted</div>",
        "it checks more now",
        "<code>trapbench gate --base wasmer@7.4.1 'raise/(exit)'</code>",
        "interval over pairs of relinks",
        "base takes",
        "1120 ns",
    ] {
        assert!(text.contains(words), "`{words}` is not there");
    }
    // The biggest change first, and apart from it what nobody can tell.
    let order = [
        "slower by 12.0 %",
        "slower by 5.0 %, accepted</td>",
        "faster by 4.0 %",
        "id=\"unsure\"",
        "id=\"same\"",
        "id=\"control\"",
    ];
    let at = order.map(|words| {
        text.rfind(words)
            .unwrap_or_else(|| panic!("`{words}` is not there"))
    });
    assert!(at.is_sorted(), "{at:?}");
    assert!(text.len() < 1 << 20 && !text.contains("NaN"));
}

#[test]
fn every_conclusion_has_its_words() {
    let calm = [CASES[0], CASES[4]];
    let mut interrupted = ruling(&CASES);
    interrupted.conclusion = Conclusion::Interrupted;
    let restless = CASES.map(|(id, head, change, _)| (id, head, change, Faster));
    let mut incomplete = ruling(&calm);
    incomplete.cases[0].head.judgement = None;
    incomplete.cases[0].head.not_judged = Some("too few processes".to_owned());
    incomplete.failures = vec![Failure::new(0, 0, "wasmer-cranelift", "the worker <died>")];
    incomplete.conclusion = Ruling::concluded(&incomplete.cases, &incomplete.failures, false);
    let mut accepted = ruling(&CASES[..2]);
    accepted.cases[1].accepted = Some("on purpose".to_owned());
    accepted.conclusion = Ruling::concluded(&accepted.cases, &[], false);
    let mut bare = ruling(&calm);
    bare.head.relinks = 1;
    let mut nothing = ruling(&[]);
    nothing.conclusion = Conclusion::Interrupted;
    let rulings: [(Ruling, &[&str]); 8] = [
        (ruling(&calm), &["<h1>Passed: no case is slower</h1>"]),
        (
            accepted,
            &[
                "Passed: no case is slower, but for 1 that somebody has accepted",
                "on purpose",
            ],
        ),
        (
            ruling(&CASES[3..]),
            &["<h1>No case is slower</h1>", "Of some one cannot tell"],
        ),
        (
            interrupted,
            &[
                "<h1>Interrupted</h1>",
                "What was not confirmed by then is unsure.",
            ],
        ),
        (
            ruling(&restless),
            &[
                "<h1>Not judged</h1>",
                "was called changed in 5 of 5 cases",
                "run it again on a calmer machine.",
                "the control moved",
            ],
        ),
        (
            incomplete,
            &[
                "<h1>Some cases could not be judged</h1>",
                "too few processes",
                "wasmer-cranelift: the worker &lt;died&gt;",
            ],
        ),
        (
            bare,
            &[
                "one executable, whose layout is in no interval",
                "over pairs of processes",
            ],
        ),
        (nothing, &["<h1>Interrupted</h1>", "No case was measured."]),
    ];
    for (ruling, words) in rulings {
        let folder = tempfile::tempdir().unwrap();
        let (text, _) = page(&ruling, folder.path());
        for words in words {
            assert!(text.contains(words), "`{words}` is not there");
        }
        let is_judged = ruling.conclusion != Conclusion::NotJudged;
        assert_eq!(
            text.contains("class=\"tally\""),
            is_judged && !ruling.cases.is_empty()
        );
    }
}

#[test]
fn a_ruling_is_printed_as_markdown_and_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let ruling = ruling(&CASES);
    let file = kept(&ruling, folder.path());
    let file = file.to_str().unwrap();
    let text = stdout(&well(&["report", file, "--markdown"]));
    for words in [
        "| slower by 12.0 % |",
        "2 of 5 cases slower",
        "`trapbench gate",
    ] {
        assert!(text.contains(words), "`{words}` is not in:\n{text}");
    }
    let json = stdout(&well(&["report", file, "--json"]));
    assert_eq!(json.lines().count(), 1);
    // To the last digit, which a number that is read and written anew may lose.
    let squeezed = |text: &str| text.replace(char::is_whitespace, "");
    assert_eq!(
        squeezed(&json),
        squeezed(&fs::read_to_string(file).unwrap())
    );
    assert!(!folder.path().join("ruling.html").exists());
    // Of two files of one name, both get a page.
    let html = folder.path().join("html");
    well(&["report", file, file, "--html", html.to_str().unwrap()]);
    assert!(html.join("ruling.html").is_file() && html.join("ruling-2.html").is_file());
}

#[test]
fn a_side_called_script_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let mut ruling = ruling(&CASES);
    let name = "</title><script>alert(1)</script>\"'&";
    ruling.base.name = name.to_owned();
    ruling.head.name = name.to_owned();
    ruling.margin_source = name.to_owned();
    ruling.command.push(name.to_owned());
    ruling.remarks.push(name.to_owned());
    ruling.cases[1].accepted = Some(name.to_owned());
    ruling.head.versions = [(name.to_owned(), [(name.to_owned(), name.to_owned())].into())].into();
    let (text, _) = page(&ruling, folder.path());
    assert_eq!(text.matches("<script").count(), 1, "the page's own");
    assert_eq!(text.matches("</title>").count(), 1);
    assert!(text.contains("&lt;script&gt;alert(1)"));
    let file = folder.path().join("ruling.json");
    let markdown = stdout(&well(&["report", file.to_str().unwrap(), "--markdown"]));
    assert!(markdown.contains(r"\<script\>"), "{markdown}");
}

#[test]
fn what_is_no_ruling_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let record = WHOLE.record(&folder.path().join("results"));
    let whole = kept(&ruling(&CASES), folder.path());
    let whole_text = fs::read_to_string(&whole).unwrap();
    let whole = whole.to_str().unwrap();
    let written = |name: &str, text: &str| {
        let file = folder.path().join(name);
        fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let newer = written(
        "newer.json",
        &whole_text.replacen("\"schema\": 1", "\"schema\": 7", 1),
    );
    let other = written("other.json", "{\"kind\": \"record\", \"schema\": 1}");
    let text = written("text.json", "no JSON");
    let damaged = written(
        "damaged.json",
        &whole_text.replacen("\"margin\":", "\"margins\":", 1),
    );
    let header = format!("{record}/record.json");
    for (arguments, words) in [
        (
            &[&newer[..]][..],
            "newer.json has schema 7, and this trapbench knows 1",
        ),
        (&[&other], "other.json is not a gate's ruling"),
        (&[&text], "text.json is not a gate's ruling"),
        (&[&header], "a record is named by its folder"),
        (&[&damaged], "damaged.json is a gate's ruling, and damaged"),
        (&[&damaged], "missing field `margin`"),
        (&[whole, &record], "they are not shown together"),
        (&[&record, whole], "they are not shown together"),
        (&[whole, "--svg", "charts"], "--svg is for records"),
        (&[whole, "--check", "README.md"], "--check is for records"),
        (&[whole, "--ratios"], "--ratios is for records"),
    ] {
        let output = run(&[&["report"], arguments].concat());
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
}
