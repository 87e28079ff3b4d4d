//! A headless Chromium, for the pages: what it shows, and what it complains of.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

pub struct Browser(&'static str);

/// What became of a page.
pub struct Seen {
    /// What a script on the page posted to its parent, as JSON.
    pub witness: serde_json::Value,
    /// The lines of its console.
    pub complaints: Vec<String>,
}

impl Browser {
    pub fn find() -> Option<Browser> {
        let names = ["chromium", "chromium-browser", "google-chrome"];
        let answers = |name: &&str| {
            let mut version = Command::new(name);
            let version = version
                .arg("--version")
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            version.status().is_ok_and(|status| status.success())
        };
        names.into_iter().find(answers).map(Browser)
    }

    /// Opens `file`, which posts one message to its parent, `width` pixels wide; `hash` is put
    /// behind its address.
    pub fn open(&self, file: &Path, hash: &str, width: u32, dark: bool) -> Seen {
        // A profile of its own: a browser that somebody has open is left alone.
        let profile = tempfile::tempdir().unwrap();
        // No window is narrower than 500 pixels, so the page gets a frame as wide as a phone.
        let outer = profile.path().join("outer.html");
        let frame = format!(
            "<!doctype html><meta name=\"color-scheme\" content=\"light dark\"><pre id=\"witness\"></pre>
             <script>onmessage = (said) => {{ document.getElementById('witness').textContent = said.data }}</script>
             <iframe style=\"width:{width}px;height:900px;border:0\" src=\"file://{}{hash}\"></iframe>",
            file.display()
        );
        fs::write(&outer, frame).unwrap();
        let output = Command::new(self.0)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
            ])
            .args(["--no-first-run", "--disable-background-networking"])
            .args([
                "--disable-component-update",
                "--disable-sync",
                "--disable-dev-shm-usage",
            ])
            .args([
                "--enable-logging=stderr",
                "--virtual-time-budget=2000",
                "--dump-dom",
            ])
            .arg("--window-size=1400,1000")
            .arg(format!(
                "--user-data-dir={}",
                profile.path().join("profile").display()
            ))
            .arg(format!(
                "--blink-settings=preferredColorScheme={}",
                u8::from(!dark)
            ))
            .arg(format!("file://{}", outer.display()))
            .output()
            .expect("the browser starts");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        let complaints = said.lines().filter(|line| line.contains("CONSOLE"));
        Seen {
            witness: witness(&String::from_utf8_lossy(&output.stdout)),
            complaints: complaints.map(str::to_owned).collect(),
        }
    }
}

fn witness(document: &str) -> serde_json::Value {
    let (_, behind) = document
        .split_once("<pre id=\"witness\">")
        .expect("the frame is there");
    let (text, _) = behind.split_once("</pre>").expect("it ends");
    let characters = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&nbsp;", "\u{a0}"),
        ("&amp;", "&"),
    ];
    let text = characters
        .iter()
        .fold(text.to_owned(), |text, (name, c)| text.replace(name, c));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: `{text}`"))
}
